import { loadMapping } from '../../importers/mappings/load-mapping.ts';
import { migrateImport } from '../../importers/migrations.ts';
import { carryOutDecisions } from '../../importers/owned/deciding/decide-all.ts';
import { writeBack } from '../../importers/owned/write-back.ts';
import type { JobRun } from '../define-job.ts';
import { defineJob, done, standing } from '../define-job.ts';
import type { LegacySettings, StoreDeps } from '../deps.ts';

/**
 * Writes changes of records that openhouse owns back to the old CRM's live MongoDB (`MONGO_URL`). Without one, it only carries
 * out decisions about conflicts whose process died.
 */
export const writeBackJob = defineJob({
  name: 'write-back',
  label: 'Writing back to the old CRM',
  schedule: '*/10 * * * * *',
  timeLimitMs: 30 * 60_000,
  counts: {
    written: done('records written back', 'record written back'),
    refused: done('records refused', 'record refused'),
    waiting: standing('records waiting', 'record waiting'),
  },
  run: async ({ legacy, ...deps }: StoreDeps & { readonly legacy?: LegacySettings | undefined } & JobRun) => {
    if (legacy === undefined) {
      await migrateImport(deps.db);
      await carryOutDecisions(deps, { signal: deps.signal, wait: false });
      return { counts: { written: 0, refused: 0, waiting: 0 } };
    }
    const counts = await writeBack(deps, legacy.mongoUrl, {
      signal: deps.signal,
      mapping: await loadMapping(legacy.mapping),
    });
    return { counts };
  },
});
