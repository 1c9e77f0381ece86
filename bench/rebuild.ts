import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { connectEventStore, type EventStore } from '../eventstore/event-store.ts';
import { isReadable } from '../eventstore/stored-event.ts';
import { openDatabase } from '../platform/database/database.ts';
import { keepHeapLean } from '../platform/lean-heap.ts';
import { createLogger } from '../platform/logging/log.ts';
import type { EngineDeps } from '../projections/engine/feeding/feed.ts';
import { rebuild } from '../projections/engine/releasing/rebuild.ts';
import { catchUp } from '../projections/index.ts';
import { embeddedEventStore } from '../tests/support/event-store/test-event-store.ts';
import { testPostgres } from '../tests/support/postgres/test-postgres.ts';
import type { BenchOptions } from './run.ts';
import { type CpuTime, cpuMicros, cpuTime } from './support/cpu-time.ts';
import { appendHistory, madeHistory } from './support/history.ts';

export const description =
  'rebuilding read models, and our own readAll, compared with a bare readAll of the same events by the official client';

/**
 * `--events 50000,200000,800000` for other sizes (default 200,000), `--runs 3` (the median counts). Each size gets its own
 * database and event store.
 */
export const run = async ({ args, progress }: BenchOptions): Promise<object> => {
  keepHeapLean(20); // as `openhouse projections rebuild` does
  const { values } = parseArgs({ args, options: { events: { type: 'string' }, runs: { type: 'string' } } });
  const sizes = (values.events ?? '200000').split(',').map(Number);
  const runs = Number(values.runs ?? 3);
  if (![...sizes, runs].every((number) => Number.isInteger(number) && number > 0)) {
    throw new Error('--events and --runs must be whole numbers');
  }
  const results: object[] = [];
  for (const events of sizes) results.push(await measure(events, runs, progress));
  return results.length === 1 ? results[0]! : { sizes: results };
};

const measure = async (events: number, runs: number, progress: (text: string) => void) => {
  progress(`appending ${events} events`);
  const postgres = await testPostgres({ durable: true });
  const server = await embeddedEventStore(postgres.url);
  const store = connectEventStore(server.url);
  const { db, close } = openDatabase<Record<string, never>>(postgres.url, { applicationName: 'bench rebuild' });
  const deps: EngineDeps = { db, store, log: createLogger({ level: 'error' }) };
  try {
    await appendHistory(store, madeHistory(events));
    await catchUp(deps); // the live models, which keep running during the rebuilds
    await sql`checkpoint`.execute(db);
    const cpu = () => cpuTime(server.pid, postgres.pid);
    const rows = [];
    for (let count = 0; count < runs; count++) {
      progress(`run ${count + 1} of ${runs}`);
      const read = await bareRead(store, cpu);
      const own = await ownRead(store, cpu);
      const alone = await rebuilt(deps, ['listings'], cpu);
      const all = await rebuilt(deps, 'all', cpu, events);
      rows.push({
        readAllPerSecond: read.perSecond,
        ownRead: own.perSecond,
        ratioRead: round(own.perSecond / read.perSecond),
        // Counts only events it handled, not those that the filter skipped.
        listingsPerSecond: alone.handledPerSecond,
        ratio: round(alone.handledPerSecond / read.perSecond),
        allPerSecond: Math.round(events / all.seconds),
        ratioAll: round(events / all.seconds / read.perSecond),
        listingsSeconds: round(alone.seconds),
        allSeconds: round(all.seconds),
        cpuMicros: { readAll: read.cpuMicros, ownRead: own.cpuMicros, listings: alone.cpuMicros, all: all.cpuMicros },
      });
    }
    const middle = [...rows].sort((a, b) => a.ratio - b.ratio)[rows.length >> 1]!;
    return { events, records: Math.floor(events / 10), ...middle, rssMaxMb: maxRssMb(), runs: rows };
  } finally {
    await store.close();
    await close();
    await server.close();
    await postgres.close();
  }
};

type Cpu = () => CpuTime | undefined;

/**
 * Reads all events with the official client, which parses data and metadata of each: the baseline for everything else.
 */
const bareRead = async ({ connection }: EventStore, cpu: Cpu) => {
  const { client } = await connection.node();
  const started = performance.now();
  const before = cpu();
  let seen = 0;
  for await (const { event } of client.readAll()) if (event !== undefined && !event.type.startsWith('$')) seen++;
  return { perSecond: perSecond(seen, started), cpuMicros: cpuMicros(before, cpu(), seen) };
};

/** The same with our own reader, which parses data and metadata of each as well. */
const ownRead = async (store: EventStore, cpu: Cpu) => {
  const started = performance.now();
  const before = cpu();
  let seen = 0;
  for await (const event of store.readAll()) if (isReadable(event) && event.metadata !== undefined) seen++;
  return { perSecond: perSecond(seen, started), cpuMicros: cpuMicros(before, cpu(), seen) };
};

/** @param events the number of events that the processor time is divided by; default: those it handled */
const rebuilt = async (deps: EngineDeps, names: readonly string[] | 'all', cpu: Cpu, events?: number) => {
  const started = performance.now();
  const before = cpu();
  const built = await rebuild(deps, names, { fromStart: true });
  const handled = built.reduce((sum, { events }) => sum + events, 0);
  return {
    seconds: (performance.now() - started) / 1000,
    handledPerSecond: perSecond(handled, started),
    cpuMicros: cpuMicros(before, cpu(), events ?? handled),
  };
};

const perSecond = (events: number, started: number) => Math.round((events / (performance.now() - started)) * 1000);
const maxRssMb = () => Math.round(process.resourceUsage().maxRSS / 1024);
const round = (value: number) => Math.round(value * 1000) / 1000;
