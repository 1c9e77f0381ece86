import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { deterministicId } from '../eventstore/event-id.ts';
import { connectEventStore } from '../eventstore/event-store.ts';
import { openDatabase } from '../platform/database/database.ts';
import { createLogger } from '../platform/logging/log.ts';
import { catchUp, runProjections, waitForPosition } from '../projections/index.ts';
import { embeddedEventStore } from '../tests/support/event-store/test-event-store.ts';
import { testPostgres } from '../tests/support/postgres/test-postgres.ts';
import type { BenchOptions } from './run.ts';
import { appendHistory, madeHistory } from './support/history.ts';

export const description =
  'live lag: from an append, and from its response, until it is in the read model (--rate 200, --seconds 15)';

/** Appends at a steady rate while all read models are fed, and samples how long each event takes to reach `listings`. */
export const run = async ({ args, progress }: BenchOptions): Promise<object> => {
  const { values } = parseArgs({ args, options: { rate: { type: 'string' }, seconds: { type: 'string' } } });
  const rate = Number(values.rate ?? 200);
  const seconds = Number(values.seconds ?? 15);
  if (!(rate > 0 && seconds > 0)) throw new Error('--rate and --seconds must be numbers above 0');
  const postgres = await testPostgres({ durable: true });
  const server = await embeddedEventStore(postgres.url);
  const store = connectEventStore(server.url);
  const { db, close } = openDatabase<unknown>(postgres.url, { applicationName: 'bench lag', max: 40 });
  const deps = { db, store, log: createLogger({ level: 'error' }) };
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  try {
    await appendHistory(store, madeHistory(5_000));
    await catchUp(deps);
    running = runProjections(deps, { signal: stop.signal });
    await sleep(3_000);
    progress(`appending ${rate} events per second for ${seconds} s`);
    const fromAppend: number[] = [];
    const fromAnswer: number[] = [];
    const waits: Promise<void>[] = [];
    const started = performance.now();
    const total = Math.round(rate * seconds);
    for (let n = 0; n < total; n++) {
      const due = started + (n * 1000) / rate;
      if (performance.now() < due) await sleep(due - performance.now());
      waits.push(
        (async () => {
          const called = performance.now();
          const result = await store.append(`listing-lag${n}`, 'no-stream', [
            {
              id: deterministicId(`lag ${n}`),
              event: {
                type: 'ListingEntered',
                data: { listingKey: `lag${n}`, listingId: `L${n}`, standardStatus: 'Active', listPrice: 500_000 + n },
              },
              metadata: {
                actor: { kind: 'system', id: 'bench' },
                source: 'bench',
                occurredAt: '2026-03-31T12:00:00.000Z',
                $correlationId: 'bench',
                $causationId: 'bench',
              },
            },
          ]);
          const answered = performance.now();
          if (!result.appended || result.position === null || n % 10 !== 0) return; // polling for every event would distort the result
          if (!(await waitForPosition(db, 'listings', result.position, 60_000)))
            throw new Error('an event did not reach the read model within a minute');
          const shown = performance.now();
          fromAppend.push(shown - called);
          fromAnswer.push(shown - answered);
        })(),
      );
    }
    await Promise.all(waits);
    const appendsPerSecond = Math.round(total / ((performance.now() - started) / 1000));
    return {
      appendsPerSecond,
      samples: fromAppend.length,
      ...percentiles(fromAppend),
      fromAnswer: percentiles(fromAnswer),
    };
  } finally {
    stop.abort();
    await running;
    await store.close();
    await close();
    await server.close();
    await postgres.close();
  }
};

const percentiles = (lags: number[]) => {
  lags.sort((a, b) => a - b);
  const at = (share: number) => Math.round(lags[Math.min(lags.length - 1, Math.floor(lags.length * share))]! * 10) / 10;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
};
