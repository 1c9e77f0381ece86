import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import type { ImportSummary } from '../importers/dump/import-dump.ts';
import { writeSample } from '../samples/generator/write-sample.ts';
import { embeddedEventStore } from '../tests/support/event-store/test-event-store.ts';
import { testPostgres } from '../tests/support/postgres/test-postgres.ts';
import type { BenchOptions } from './run.ts';

export const description =
  'documents per second from a dump to events, compared with bare appends (--listings 20000 --contacts 20000 --dirt 0.3)';

/**
 * `openhouse import` of a generated dump, in a separate process, into a new database and event store on a PostgreSQL that
 * really writes to disk. `ratio` compares documents/s with the rate at which the same event store takes bare appends of one
 * event with 128 in flight, measured before and after the import in the same run. `ratioWithoutAlertsSent` does not count the
 * documents of `alerts_sent`, which produce no events, but does count their time. `rereadRatio` is how many times faster the
 * same dump is imported again, unchanged.
 */
export const run = async ({ args, progress }: BenchOptions): Promise<object> => {
  const { values } = parseArgs({
    args,
    options: {
      listings: { type: 'string', default: '20000' },
      contacts: { type: 'string', default: '20000' },
      dirt: { type: 'string', default: '0.3' },
      seed: { type: 'string', default: '1' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'openhouse-bench-import-'));
  const postgres = await testPostgres({ durable: true });
  const server = await embeddedEventStore(postgres.url);
  try {
    progress('writing the sample');
    const [listings, contacts] = [Number(values.listings), Number(values.contacts)];
    await writeSample({ folder, listings, contacts, seed: values.seed, dirt: Number(values.dirt) });
    progress('bare appends');
    await bareAppends(server.url, 'warm', 5_000);
    const before = await bareAppends(server.url, 'before', 30_000);
    progress('importing');
    const first = await importSample(folder, postgres.url, server.url);
    progress('importing the same dump again');
    const again = await importSample(folder, postgres.url, server.url);
    progress('bare appends');
    const after = await bareAppends(server.url, 'after', 30_000);

    const appendsPerSecond = Math.round((before + after) / 2);
    const documentsPerSecond = Math.round(first.documents / first.seconds);
    const slim = first.collections.alerts_sent?.read ?? 0;
    const withoutAlertsSent = Math.round((first.documents - slim) / first.seconds);
    return {
      ratio: round(documentsPerSecond / appendsPerSecond),
      documentsPerSecond,
      appendsPerSecond,
      appendsPerSecondBeforeAndAfter: [before, after],
      ratioWithoutAlertsSent: round(withoutAlertsSent / appendsPerSecond),
      documentsPerSecondWithoutAlertsSent: withoutAlertsSent,
      eventsPerSecond: Math.round(first.events / first.seconds),
      documents: first.documents,
      events: first.events,
      seconds: first.seconds,
      rssMaxMb: Math.max(first.rssMaxMb, again.rssMaxMb),
      rereadRatio: round(first.seconds / again.seconds),
      again: {
        seconds: again.seconds,
        events: again.events,
        documentsPerSecond: Math.round(again.documents / again.seconds),
      },
    };
  } finally {
    await server.close();
    await postgres.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

const round = (ratio: number) => Math.round(ratio * 100) / 100;

const openhouse = fileURLToPath(new URL('../bin/openhouse', import.meta.url));

const importSample = async (folder: string, databaseUrl: string, eventStoreUrl: string): Promise<ImportSummary> => {
  const env = { ...process.env, DATABASE_URL: databaseUrl, EVENTSTORE_URL: eventStoreUrl };
  const options = { env, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(process.execPath, [openhouse, 'import', folder, '--json'], options);
  return JSON.parse(stdout) as ImportSummary;
};

/** Appends one event at a time, each with an exact expected revision (to its own stream), 128 in flight. @returns appends/s */
const bareAppends = async (url: string, tag: string, count: number): Promise<number> => {
  const client = EventStoreDBClient.connectionString(url);
  let next = 0;
  const started = performance.now();
  const worker = async () => {
    while (next < count) {
      const n = next++;
      // About 400 bytes.
      const data = { listingKey: `L${n}`, listPrice: 450_000 + n, publicRemarks: 'x'.repeat(300) };
      const event = jsonEvent({ type: 'ListPriceChanged', data });
      await client.appendToStream(`bare-${tag}-${n}`, event, { expectedRevision: NO_STREAM });
    }
  };
  await Promise.all(Array.from({ length: 128 }, worker));
  const rate = Math.round(count / ((performance.now() - started) / 1000));
  await client.dispose();
  return rate;
};
