import { errorCode } from '../../../platform/errors.ts';
import { type ProjectionEntry, projectionEntries } from '../../registry.ts';
import type { Database } from '../database.ts';
import { migrateProjections } from '../migrations.ts';
import { listBuilds } from './builds.ts';
import { type ProjectionCode, readCode } from './code.ts';
import { createBuild } from './create-build.ts';

/**
 * Makes the engine's tables, and for every projection that has none yet its first build, live (and empty) at once. Safe to
 * call by any number of processes at once.
 *
 * @returns the projections as their code on disk says they are
 */
export const prepareProjections = async (
  db: Database,
  entries: readonly ProjectionEntry[] = projectionEntries,
): Promise<ProjectionCode[]> => {
  const codes = readCode(entries);
  await migrateProjections(db);
  const live = new Set((await listBuilds(db, ['live'])).map(({ name }) => name));
  for (const code of codes) {
    if (live.has(code.projection.name)) continue;
    await createBuild(db, code, 'live').catch((error: unknown) => {
      // Another process made it between our look and our try: just as good.
      if (!['23505', '42P06'].includes(errorCode(error) ?? '')) throw error;
    });
  }
  return codes;
};
