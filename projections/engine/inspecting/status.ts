import type { EventStore } from '../../../eventstore/event-store.ts';
import { isForeignPosition } from '../../../eventstore/positions/mark.ts';
import type { Position } from '../../../eventstore/stored-event.ts';
import { subscribeToAll } from '../../../eventstore/subscribe.ts';
import { errorMessage } from '../../../platform/errors.ts';
import { type ProjectionEntry, projectionEntries } from '../../registry.ts';
import { type Build, type BuildState, listBuilds } from '../builds/builds.ts';
import { checkStore } from '../builds/check-store.ts';
import { knownCode } from '../builds/code.ts';
import { openSandbox } from '../builds/sandbox.ts';
import { type Database, query } from '../database.ts';

/** One line of `openhouse projections list`. */
export type BuildStatus = {
  readonly name: string;
  readonly version: number;
  readonly schema: string;
  readonly state: BuildState;
  readonly position: Position | null;
  /** Events of its records that it has not handled; at most `lagLimit`, which means "at least". `null`: not fed. */
  readonly lagEvents: number | null;
  /** How long the oldest of them has been waiting. */
  readonly lagSeconds: number | null;
  /** `null`: not measured yet, or not fed. */
  readonly eventsPerSecond: number | null;
  readonly events: number;
  readonly parked: number;
  readonly sizeBytes: number;
  readonly error: string | null;
  readonly errorAt: Date | null;
  /** The process that feeds it at present. */
  readonly holder: string | null;
  /** The code on disk differs from the code that it is built with; a rebuild would use the new code. */
  readonly codeChanged: boolean;
};

/** Lag is counted by reading the missing events, so it needs a limit. */
export const lagLimit = 5_000;

/** The status of every build. @throws if the event store cannot be reached */
export const projectionStatus = async (
  deps: { readonly db: Database; readonly store: EventStore },
  options: { readonly entries?: readonly ProjectionEntry[]; readonly now?: Date } = {},
): Promise<BuildStatus[]> => {
  const { entries = projectionEntries, now = new Date() } = options;
  // One after the other, because `db` may be a single connection.
  const builds = await listBuilds(deps.db);
  const facts = await buildFacts(deps.db);
  const onDisk = new Map(knownCode(entries).map(({ projection, hash }) => [projection.name, hash]));
  // Builds at the same position that read the same streams lag by the same events.
  const lags = new Map<string, Promise<Lag>>();
  return await Promise.all(
    builds.map(async (build): Promise<BuildStatus> => {
      const { parked = 0, size = 0 } = facts.get(build.id) ?? {};
      const lag = await lagOf(deps.store, build, lags);
      return {
        name: build.name,
        version: build.version,
        schema: build.schema,
        state: build.state,
        position: build.position,
        lagEvents: lag?.events ?? null,
        lagSeconds: lag === null || lag.events === null ? null : secondsBetween(lag.oldest, now),
        eventsPerSecond: lag === null ? null : build.eventsPerSecond,
        events: build.events,
        parked,
        sizeBytes: size,
        error: lag?.misfit ?? build.error,
        errorAt: build.errorAt,
        holder: build.holder,
        codeChanged: onDisk.has(build.name) && onDisk.get(build.name) !== build.codeHash,
      };
    }),
  );
};

type Lag = {
  /** `null`: not known, because of `misfit`. */
  readonly events: number | null;
  readonly oldest: Date | null;
  /** Whether the event store is not the one that the build was made from. */
  readonly misfit?: string;
};

const lagOf = async (store: EventStore, build: Build, known: Map<string, Promise<Lag>>): Promise<Lag | null> => {
  if (build.state === 'retired' || build.state === 'as-of') return null;
  const { categories } = openSandbox(build.code).projection;
  const prefixes = categories.map((category) => `${category}-`);
  const at = `${build.position?.commit}/${build.position?.prepare} ${prefixes.join()}`;
  const lag = known.get(at) ?? measureLag(store, build.position, prefixes);
  known.set(at, lag);
  try {
    return await lag;
  } catch (error) {
    if (!isForeignPosition(error)) throw error;
    return await checkStore(store, build).then(
      () => Promise.reject(error),
      (misfit: unknown) => ({ events: null, oldest: null, misfit: errorMessage(misfit) }),
    );
  }
};

const measureLag = async (store: EventStore, after: Position | null, prefixes: readonly string[]): Promise<Lag> => {
  let events = 0;
  let oldest: Date | null = null;
  const batches = subscribeToAll(store, { after, streamPrefixes: prefixes, maxBatch: lagLimit, patience: 10_000 });
  for await (const batch of batches) {
    events += batch.events.length;
    oldest ??= batch.events[0]?.created ?? null;
    if (batch.caughtUp || events >= lagLimit) break;
  }
  return { events: Math.min(events, lagLimit), oldest };
};

const secondsBetween = (from: Date | null, to: Date): number =>
  from === null ? 0 : Math.max(0, Math.round((to.getTime() - from.getTime()) / 100) / 10);

const buildFacts = async (db: Database): Promise<Map<string, { parked: number; size: number }>> => {
  const rows = await query<{ id: string; parked: string; size: string | null }>(
    db,
    `select b.id, (select count(*) from ops.projection_parked p where p.build_id = b.id) as parked,
       (select sum(pg_total_relation_size(c.oid)) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = b.schema_name and c.relkind = 'r') as size
     from ops.projection_build b`,
  );
  return new Map(rows.map(({ id, parked, size }) => [id, { parked: Number(parked), size: Number(size ?? 0) }]));
};
