import { writeFileSync } from 'node:fs';
import { fittingMapping } from '../../../../importers/inspecting/fitting-mapping.ts';
import { type Inspection, inspectSource } from '../../../../importers/inspecting/inspect-source.ts';
import { proposeMapping } from '../../../../importers/inspecting/proposing/propose-mapping.ts';
import { withSource } from '../../../../importers/inspecting/with-source.ts';
import type { CompiledMapping } from '../../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../../importers/mappings/load-mapping.ts';

const { signal } = new AbortController();

/** Inspects with the mapping that fits best, writes a proposal to a file, and inspects with that. */
export const propose = async ({ source, file }: { readonly source: string; readonly file: string }) => {
  const inspect = (mapping?: CompiledMapping): Promise<Inspection> =>
    withSource(source, signal, async (opened, name) =>
      inspectSource(opened, name, mapping ?? (await fittingMapping(opened)), { signal, now: new Date() }),
    );
  const text = await proposeMapping(await inspect());
  writeFileSync(file, text);
  const mapping = await loadMapping(file);
  return { text, mapping, inspection: await inspect(mapping) };
};
