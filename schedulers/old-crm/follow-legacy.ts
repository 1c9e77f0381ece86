import { loadMapping } from '../../importers/mappings/load-mapping.ts';
import { collectionNames } from '../../importers/mappings/route.ts';
import { followMongo } from '../../importers/mongo/following/follow.ts';
import { withoutIndex } from '../../importers/mongo/following/waiting.ts';
import { watchChanges } from '../../importers/mongo/following/watch-changes.ts';
import { defineJob, done, type JobRun, standing } from '../define-job.ts';
import type { LegacySettings, StoreDeps } from '../deps.ts';

type Following = StoreDeps & { readonly legacy?: LegacySettings | undefined };

/**
 * Follows the old CRM's live MongoDB (`MONGO_URL`): imports what has changed since the last run. Does nothing without one.
 */
export const followLegacy = defineJob({
  name: 'follow-legacy',
  label: 'Following the old CRM',
  schedule: '0 * * * * *',
  watch: async ({ legacy }: Following, signal, wake) => {
    // A mapping with an error is reported by the runs.
    const mapping = legacy && (await loadMapping(legacy.mapping).catch(() => undefined));
    if (mapping !== undefined) await watchChanges(legacy!.mongoUrl, collectionNames(mapping), signal, wake);
  },
  // The first run reads everything.
  timeLimitMs: 6 * 60 * 60_000,
  counts: {
    read: done('documents read', 'document read'),
    changed: done('documents new or changed', 'document new or changed'),
    events: done('events appended', 'event appended'),
    deleted: done('deletions applied', 'deletion applied'),
    leftQuarantine: done(
      'documents out of quarantine because the old CRM no longer has them',
      'document out of quarantine because the old CRM no longer has it',
    ),
    deletionsWaiting: standing('deletions waiting for a person', 'deletion waiting for a person'),
  },
  run: async ({ legacy, ...deps }: Following & JobRun) => {
    if (legacy === undefined)
      return {
        counts: { read: 0, changed: 0, events: 0, deleted: 0, leftQuarantine: 0, deletionsWaiting: 0 },
        report: { withoutIndex: [] },
      };
    const { mongoUrl, mapping, ...settings } = legacy;
    const { firstPass: _, ...counts } = await followMongo(deps, mongoUrl, {
      ...settings,
      signal: deps.signal,
      mapping: await loadMapping(mapping),
    });
    return { counts, report: { withoutIndex: await withoutIndex(deps.db) } };
  },
});
