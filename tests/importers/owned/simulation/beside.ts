/**
 * What `openhouse start` does beside an old CRM, a round at a time, until it is killed: follow, write back, feed the read
 * models, all at once. Each line of standard input is a round as JSON (`Round`); when it is done, a line says what it did.
 */
import { createInterface } from 'node:readline';
import { connectEventStore } from '../../../../eventstore/event-store.ts';
import { loadMapping } from '../../../../importers/mappings/load-mapping.ts';
import { followMongo } from '../../../../importers/mongo/following/follow.ts';
import { writeBack } from '../../../../importers/owned/write-back.ts';
import { openDatabase } from '../../../../platform/database/database.ts';
import { isUserError } from '../../../../platform/errors.ts';
import { createLogger } from '../../../../platform/logging/log.ts';
import { catchUp } from '../../../../projections/index.ts';

/** A round on these stores, by a clock that is so far ahead. */
export type Round = {
  readonly databaseUrl: string;
  readonly eventStoreUrl: string;
  readonly mongoUrl: string;
  readonly clockAheadMs: number;
  /** Whether it also looks for what is gone, and for changes without a date. */
  readonly thorough: boolean;
  /** Whether it also feeds the read models, of which the start takes long. */
  readonly feed: boolean;
};

/** What both halves of a round did; `failed` says why one could not. */
export type Did = {
  readonly read: number;
  readonly events: number;
  readonly written: number;
  readonly refused: number;
  readonly failed: readonly string[];
};

const log = createLogger({ level: 'silent' });
const mapping = await loadMapping();

const open = ({ databaseUrl, eventStoreUrl }: Round) => {
  const { db, close } = openDatabase<unknown>(databaseUrl, { applicationName: 'simulation' });
  const store = connectEventStore(eventStoreUrl);
  return { databaseUrl, db, store, close: () => Promise.all([close(), store.close()]) };
};
let world: ReturnType<typeof open> | undefined;

const work = async (round: Round): Promise<Did> => {
  if (world?.databaseUrl !== round.databaseUrl) {
    await world?.close();
    world = open(round);
  }
  const { db, store } = world;
  const deps = { db, store, clock: { now: () => new Date(Date.now() + round.clockAheadMs) } };
  const every = round.thorough ? 0 : Number.MAX_SAFE_INTEGER;
  const options = { mapping, patienceMs: 10_000, sweepEveryMs: every, compareEveryMs: every, maxGoneShare: 1 };
  const [followed, wrote, fed] = await Promise.allSettled([
    followMongo(deps, round.mongoUrl, options),
    writeBack(deps, round.mongoUrl, { mapping }),
    round.feed ? catchUp({ db, store, log }, { entries: [] }) : undefined,
  ]);
  const failed = [followed, wrote, fed].flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const { read, events } = followed.status === 'fulfilled' ? followed.value : { read: 0, events: 0 };
  const { written, refused } = wrote.status === 'fulfilled' ? wrote.value : { written: 0, refused: 0 };
  return { read, events, written, refused, failed: failed.map(said) };
};

const said = (error: unknown): string =>
  isUserError(error) ? `${error.code}: ${error.message}` : String((error as Error).stack);

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await work(JSON.parse(line) as Round)));
}
await world?.close();
