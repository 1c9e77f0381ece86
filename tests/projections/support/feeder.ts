/**
 * A process to be killed: `feeder.ts live|rebuild <database url> <event store url>` feeds all read models, or rebuilds
 * them. Prints `ready` when it starts and `done` when a rebuild is done.
 */
import { connectEventStore } from '../../../eventstore/event-store.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import { createLogger } from '../../../platform/logging/log.ts';
import { prepareProjections, rebuild, runProjections } from '../../../projections/index.ts';

const [mode, databaseUrl, eventStoreUrl] = process.argv.slice(2);
const store = connectEventStore(eventStoreUrl!);
const { db, close } = openDatabase<unknown>(databaseUrl!, { applicationName: `feeder ${mode}` });
const deps = { db, store, log: createLogger({ level: 'error' }) };
await prepareProjections(db);
process.stdout.write('ready\n');
if (mode === 'live') {
  await runProjections(deps, { signal: new AbortController().signal, holder: 'feeder' });
} else {
  await untilFree(() => rebuild(deps, 'all'));
  process.stdout.write('done\n');
}
await store.close();
await close();

/** The lease of a killed process has to expire first. */
async function untilFree(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== 'rebuild-under-way') throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
