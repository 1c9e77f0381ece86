import type { Context } from '../context.ts';
import { legacySettings } from '../legacy-settings.ts';
import { explain, inWords } from '../output/report-error.ts';
import { counted, number } from '../output/words.ts';
import { withWorkspace } from '../workspace.ts';

const everyMs = 60_000;

/** Follows a live MongoDB until Ctrl-C, as the job of `openhouse start` does; while that runs it, this waits its turn. */
export async function followUntilStopped(context: Context, url: string, mapping: string | undefined): Promise<void> {
  const { followLegacy } = await import('../../schedulers/old-crm/follow-legacy.ts');
  const { runJob } = await import('../../schedulers/running/job-run.ts');
  const { makeBell } = await import('../../schedulers/running/bell.ts');
  const { catchUp } = await import('../../projections/index.ts');
  const runs: object[] = [];
  context.keepsWork();
  await withWorkspace(context, async (workspace) => {
    const { signal } = workspace;
    const legacy = legacySettings({ ...workspace.config, mongoUrl: url, mapping })!;
    const look = async () => {
      try {
        const outcome = await runJob(followLegacy, { ...workspace, legacy });
        if (outcome.ran) {
          const { read, changed, events, deleted, leftQuarantine, deletionsWaiting } = outcome.result.counts;
          runs.push(outcome.result.counts);
          if (changed + events + deleted > 0) {
            context.say(
              `${counted(read, 'document')} read, ${number(changed)} new or changed; ${counted(events, 'event')}, ${counted(deleted, 'deletion')}`,
            );
            await catchUp(workspace, { signal });
          }
          if (leftQuarantine > 0)
            context.say(`${counted(leftQuarantine, 'document')} left the quarantine: the old CRM no longer has them`);
          const { withoutIndex } = outcome.result.report;
          if (runs.length === 1 && withoutIndex.length > 0) {
            context.say(
              `without an index that begins with it, each look at the date of the last change reads all documents: ${withoutIndex.join(', ')}`,
            );
          }
          if (deletionsWaiting > 0) {
            context.say(
              `${counted(deletionsWaiting, 'deletion')} waiting for a person: \`openhouse import confirm-deletes --dry-run\` shows where`,
            );
          }
        }
      } catch (error) {
        if (signal.aborted) return; // Ctrl-C is how following ends; the next one reads what this look had not finished
        // Whatever it was may be over in a minute, as the job of `openhouse start` assumes. Its run is recorded as failed.
        context.say(inWords(await explain(error)));
      }
    };
    context.say('following; press Ctrl-C to stop');
    const bell = makeBell();
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    either.addEventListener('abort', bell.ring, { once: true });
    const watching = followLegacy.watch?.({ ...workspace, legacy }, either, bell.ring);
    try {
      while (!signal.aborted) {
        await look();
        await bell.wait(everyMs);
      }
    } finally {
      ended.abort();
      await watching;
    }
  });
  context.print({ runs: runs.slice(-1_000) }, () => `${number(runs.length)} runs`);
}
