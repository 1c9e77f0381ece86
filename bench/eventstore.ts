import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { embeddedEventStore } from '../tests/support/event-store/test-event-store.ts';
import { testPostgres } from '../tests/support/postgres/test-postgres.ts';
import { measureRates, type Rates } from './eventstore-rates/measure.ts';
import type { BenchOptions } from './run.ts';

export const description =
  'appends, reads and subscriptions per second, compared with a server that does nothing (--scale 1, --events 1000000 for memory)';

/** A real EventStoreDB 23.10.6, with the client beside it, on an otherwise idle machine with two cores. */
const eventStoreDb: Rates = {
  append_1x1: 976,
  append_1x32: 3900,
  append_1x128: 8200,
  append_100x1: 16_000,
  append_100x32: 26_000,
  readAll: 48_000,
  subscribeToAll: 54_000,
};

const rssMb = (pid: number, field: 'VmRSS' | 'VmHWM'): number | undefined => {
  try {
    const match = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match ? Math.round(Number(match[1]) / 1024) : undefined;
  } catch {
    return undefined; // not Linux
  }
};

const ratios = (rates: Rates, to: Rates): Rates => {
  const entries = Object.entries(rates).map(([name, rate]) => [
    name,
    Math.round((100 * rate) / to[name as keyof Rates]) / 100,
  ]);
  return Object.fromEntries(entries) as Rates;
};

const startBareServer = async () => {
  const file = fileURLToPath(new URL('./eventstore-rates/bare-server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  const { listening } = JSON.parse(line) as { listening: { port: number } };
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    url: `esdb://127.0.0.1:${listening.port}?tls=false`,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
};

/** Appends until the store has about this many events. */
const fill = async (url: string, events: number): Promise<void> => {
  const client = EventStoreDBClient.connectionString(url);
  const perCall = 200;
  let next = 0;
  const worker = async () => {
    while (next < events) {
      const from = next;
      next += perCall;
      const batch = Array.from({ length: perCall }, (_, n) =>
        jsonEvent({ type: `Filled${(from + n) % 20}`, data: { n: from + n, publicRemarks: 'x'.repeat(300) } }),
      );
      await client.appendToStream(`fill-${(from / perCall) % 20_000}`, batch);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  await client.dispose();
};

/**
 * The seven rates of our event store, on a PostgreSQL that really writes to disk, and of a bare server in the same run. `ratio`
 * compares ours with the bare server's, `ratioToEventStoreDb` with a real node's on an idle machine.
 */
export const run = async ({ args, progress }: BenchOptions): Promise<object> => {
  const { values } = parseArgs({
    args,
    options: {
      scale: { type: 'string', default: '1' },
      events: { type: 'string', default: '0' },
      url: { type: 'string' },
    },
  });
  const scale = Number(values.scale);
  if (!(scale > 0)) throw new Error('--scale must be a number above 0');
  if (values.url) {
    const [rates] = await measureRates([values.url], scale, progress);
    return { rates, eventStoreDb, ratioToEventStoreDb: ratios(rates!, eventStoreDb) };
  }

  const bareServer = await startBareServer();
  const postgres = await testPostgres({ durable: true });
  const server = await embeddedEventStore(postgres.url);
  try {
    progress('the embedded event store and a server that does nothing, taking turns');
    const [rates, bare] = (await measureRates([server.url, bareServer.url], scale, progress)) as [Rates, Rates];
    const events = Number(values.events);
    if (events > 0) {
      progress(`appending ${events} more events`);
      await fill(server.url, events);
    }
    return {
      rates,
      bare,
      ratio: ratios(rates, bare),
      eventStoreDb,
      ratioToEventStoreDb: ratios(rates, eventStoreDb),
      rssMb: rssMb(server.pid, 'VmRSS'),
      peakRssMb: rssMb(server.pid, 'VmHWM'),
    };
  } finally {
    await bareServer.close();
    await server.close();
    await postgres.close();
  }
};
