import type { EngineDeps } from '../../projections/index.ts';
import type { Context } from '../context.ts';

/** Runs `work` with the servers started and the engine's tables created. */
export async function withEngine(context: Context, work: (deps: EngineDeps) => Promise<void>): Promise<void> {
  const { withWorkspace } = await import('../workspace.ts');
  const { prepareProjections } = await import('../../projections/index.ts');
  await withWorkspace(context, async (workspace) => {
    await prepareProjections(workspace.db);
    await work(workspace);
  });
}
