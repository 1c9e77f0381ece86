import type { Position } from '../../../eventstore/stored-event.ts';
import type { Lease } from '../../../platform/lease/lease.ts';
import { type Database, query } from '../database.ts';

/**
 * - `building`: a candidate that is being built from the first event
 * - `ready`: a candidate that has caught up and is being fed
 * - `live`: shown by the views
 * - `previous`: was live before, and is still fed, so that one can roll back to it
 * - `retired`: was live once; no longer fed
 * - `as-of`: built for a moment in the past; never fed
 */
export type BuildState = 'building' | 'ready' | 'live' | 'previous' | 'retired' | 'as-of';

/** The states of builds that are fed with new events. */
export const keptUp: readonly BuildState[] = ['live', 'ready', 'previous'];

/** One set of tables of a projection, with the code that builds it and its progress. */
export type Build = {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly schema: string;
  readonly state: BuildState;
  readonly code: string;
  readonly codeHash: string;
  /** The last position that has been dealt with; `null` before the first. */
  readonly position: Position | null;
  /** The last event that it looked at, which shows whether the event store is still the one it was built from. */
  readonly lastEvent: { readonly id: string; readonly position: bigint; readonly created: Date } | null;
  /** How many events it has handled. */
  readonly events: number;
  readonly eventsPerSecond: number | null;
  readonly error: string | null;
  readonly errorAt: Date | null;
  readonly createdAt: Date;
  readonly caughtUpAt: Date | null;
  readonly liveAt: Date | null;
  /** The process that feeds it at present; `null` if none does. */
  readonly holder: string | null;
};

type BuildRow = {
  id: string;
  name: string;
  version: number;
  schema_name: string;
  state: BuildState;
  code: string;
  code_hash: string;
  commit_position: string | null;
  prepare_position: string | null;
  last_event_id: string | null;
  last_event_position: string | null;
  last_event_created: Date | null;
  events: string;
  events_per_second: number | null;
  error: string | null;
  error_at: Date | null;
  created_at: Date;
  caught_up_at: Date | null;
  live_at: Date | null;
  lease_holder: string | null;
};

const columns =
  'id, name, version, schema_name, state, code, code_hash, commit_position, prepare_position, last_event_id, ' +
  'last_event_position, last_event_created, events, events_per_second, error, error_at, created_at, caught_up_at, live_at, ' +
  `(select holder from ops.lease where lease.name = 'projection-build/' || projection_build.id
     and lease.expires_at > clock_timestamp()) as lease_holder`;

const toBuild = (row: BuildRow): Build => ({
  id: row.id,
  name: row.name,
  version: row.version,
  schema: row.schema_name,
  state: row.state,
  code: row.code,
  codeHash: row.code_hash,
  position:
    row.commit_position === null
      ? null
      : { commit: BigInt(row.commit_position), prepare: BigInt(row.prepare_position ?? row.commit_position) },
  lastEvent:
    row.last_event_id === null
      ? null
      : { id: row.last_event_id, position: BigInt(row.last_event_position!), created: row.last_event_created! },
  events: Number(row.events),
  eventsPerSecond: row.events_per_second,
  error: row.error,
  errorAt: row.error_at,
  createdAt: row.created_at,
  caughtUpAt: row.caught_up_at,
  liveAt: row.live_at,
  holder: row.lease_holder,
});

/** All builds, or those in certain states, by name and age. */
export const listBuilds = async (db: Database, states?: readonly BuildState[]): Promise<Build[]> => {
  const only = states === undefined ? '' : 'where state = any($1)';
  const rows = await query<BuildRow>(
    db,
    `select ${columns} from ops.projection_build ${only} order by name, id`,
    states === undefined ? [] : [states],
  );
  return rows.map(toBuild);
};

/** The builds of one projection, oldest first. */
export const buildsOf = async (db: Database, name: string): Promise<Build[]> => {
  const rows = await query<BuildRow>(db, `select ${columns} from ops.projection_build where name = $1 order by id`, [
    name,
  ]);
  return rows.map(toBuild);
};

export const findBuild = async (db: Database, id: string): Promise<Build | undefined> => {
  const rows = await query<BuildRow>(db, `select ${columns} from ops.projection_build where id = $1`, [id]);
  return rows[0] === undefined ? undefined : toBuild(rows[0]);
};

/** Whether `a` is further than `b`. A build that has not started is behind every other. */
export const isAfter = (a: Position | null, b: Position | null): boolean => {
  if (a === null) return false;
  if (b === null) return true;
  return a.commit === b.commit ? a.prepare > b.prepare : a.commit > b.commit;
};

/** As the build's holder, records why it cannot continue (or, with `null`, that it can again). */
export const recordError = async (db: Database, id: string, lease: Lease, error: string | null): Promise<void> => {
  await query(
    db,
    `update ops.projection_build set error = $2, error_at = case when $2::text is null then null else now() end
     where id = $1 and error is distinct from $2 and ops.hold_lease($3, $4)`,
    [id, error, lease.name, lease.token],
  );
};
