import { type QueryExecutorProvider, sql } from 'kysely';
import { ifThere } from '../if-there.ts';

/** A live read model: how far it has come, and what holds it up. */
export type ProjectionStatus = {
  readonly name: string;
  readonly version: number;
  readonly events: number;
  readonly position: bigint | null;
  /** When the last event it has shown was recorded. */
  readonly lastEventAt: Date | null;
  /** For how long it has not shown what is there: 0 when it has everything. */
  readonly lagSeconds: number;
  /** Whether it has everything that the event store has. */
  readonly caughtUp: boolean;
  readonly eventsPerSecond: number | null;
  readonly parked: number;
  readonly error: string | null;
  /** Whether somebody keeps it up now. */
  readonly fed: boolean;
  /** Another version is being built beside it, or has been. */
  readonly candidate: string | null;
};

/** The live read models by name; none before the projections first ran. @param last where the event store ends */
export const readProjections = async (
  db: QueryExecutorProvider,
  last: bigint | null,
): Promise<readonly ProjectionStatus[]> => {
  const { rows } = await ifThere(
    sql<{
      name: string;
      version: number;
      events: string;
      commit_position: string | null;
      last_event_created: Date | null;
      silent_seconds: number;
      events_per_second: number | null;
      parked: string;
      error: string | null;
      fed: boolean;
      candidate: string | null;
    }>`
      select build.name, build.version, build.events, build.commit_position, build.last_event_created,
        greatest(0, extract(epoch from clock_timestamp() - coalesce(build.last_event_created, build.created_at)))::float8
          as silent_seconds,
        build.events_per_second, build.error, coalesce(build.lease_expires_at > clock_timestamp(), false) as fed,
        (select count(*) from ops.projection_parked as parked where parked.build_id = build.id) as parked,
        (select 'version ' || other.version || ' ' || other.state from ops.projection_build as other
          where other.name = build.name and other.state in ('building', 'ready')) as candidate
      from ops.projection_build as build
      where build.state = 'live'
      order by build.name`.execute(db),
    { rows: [] },
  );
  return rows.map((row) => {
    const position = row.commit_position === null ? null : BigInt(row.commit_position);
    const caughtUp = last === null || (position !== null && position >= last);
    return {
      name: row.name,
      version: row.version,
      events: Number(row.events),
      position,
      lastEventAt: row.last_event_created,
      lagSeconds: caughtUp ? 0 : row.silent_seconds,
      caughtUp,
      eventsPerSecond: row.events_per_second,
      parked: Number(row.parked),
      error: row.error,
      fed: row.fed,
      candidate: row.candidate,
    };
  });
};
