import type { ImportDeps } from '../deps.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import type { Mongo } from '../mongo/connect.ts';
import { importSource } from '../running/import-source.ts';
import type { Live } from './writing/records/live-documents.ts';

/** Reads these documents as following would, and applies what waits to be applied. */
export const readLive = async (
  deps: ImportDeps,
  mongo: Mongo,
  documents: readonly Live[],
  options: { readonly mapping: CompiledMapping; readonly signal?: AbortSignal },
): Promise<void> => {
  const names = [...new Set(documents.map(({ name }) => name))];
  const source = {
    kind: 'live' as const,
    notes: [],
    collections: names.map((name) => ({
      name,
      totalBytes: 0,
      async *read() {
        for (const one of documents) if (one.name === name && one.found !== undefined) yield one.found;
      },
    })),
  };
  await importSource(deps, source, mongo.source, { ...options, part: true });
};
