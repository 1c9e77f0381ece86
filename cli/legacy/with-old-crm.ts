import type { CompiledMapping } from '../../importers/mappings/compile.ts';
import type { Mongo } from '../../importers/mongo/connect.ts';
import { exitCodes, userError } from '../../platform/errors.ts';
import type { startProgress } from '../../platform/progress.ts';
import type { Context } from '../context.ts';
import { type Workspace, withWorkspace } from '../workspace.ts';

type OldCrm = { readonly mongo: Mongo; readonly mapping: CompiledMapping };

/** What a person is told while it takes long. */
type Watched = { readonly say: (text: string) => void; readonly progress: typeof startProgress };

/** Runs `work` with the servers and the old CRM's live database (`MONGO_URL`). */
export const withOldCrm = async (
  context: Context,
  work: (workspace: Workspace & Watched, crm: OldCrm) => Promise<void>,
): Promise<void> => {
  const { loadMapping } = await import('../../importers/mappings/load-mapping.ts');
  const { startProgress } = await import('../../platform/progress.ts');
  const { connectMongo } = await import('../../importers/mongo/connect.ts');
  const { mongoUrl, mapping: name } = context.config();
  if (mongoUrl === undefined)
    throw userError('MONGO_URL is not set', {
      code: 'usage',
      exitCode: exitCodes.usage,
      hint: 'This needs the live database of the old CRM.',
    });
  const mapping = await loadMapping(name);
  const { keepHeapLean } = await import('../../platform/lean-heap.ts');
  keepHeapLean();
  await withWorkspace(context, async (workspace) => {
    const mongo = await connectMongo(mongoUrl);
    try {
      await work({ ...workspace, say: context.say, progress: startProgress }, { mongo, mapping });
    } finally {
      await mongo.close();
    }
  });
};
