import { chooseBuilds } from '../builds/choose.ts';
import { type Database, query } from '../database.ts';
import type { ParkCause } from '../feeding/fold.ts';

export type Parked = {
  readonly name: string;
  readonly schema: string;
  readonly stream: string;
  readonly revision: string;
  readonly position: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly cause: ParkCause;
  readonly message: string;
  readonly parkedAt: Date;
  /** Later events of the same record that wait behind this one. */
  readonly following: number;
};

/**
 * The parked events of one projection or all: the event at which each record is stuck, and how many wait behind it.
 * @throws UserError if there is no such projection
 */
export const listParked = async (db: Database, name?: string): Promise<Parked[]> => {
  if (name !== undefined) await chooseBuilds(db, name);
  return await query<Parked>(
    db,
    `select name, schema_name as schema, stream_name as stream, revision, commit_position as position,
       event_id as "eventId", event_type as "eventType", cause, message, parked_at as "parkedAt", following::int
     from (
       select p.*, b.name, b.schema_name,
         count(*) over record - 1 as following, row_number() over (record order by p.revision) as place
       from ops.projection_parked p join ops.projection_build b on b.id = p.build_id
       where $1::text is null or b.name = $1
       window record as (partition by p.build_id, p.stream_name)
     ) p
     where place = 1 order by name, schema_name, commit_position`,
    [name ?? null],
  );
};
