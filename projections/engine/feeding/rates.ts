import { type Database, query } from '../database.ts';

/**
 * Stores for each build how many events per second it has handled lately (since the last sample, if that is a few
 * seconds old). Any number of processes may do so, since the sample belongs to the build.
 */
export const sampleRates = async (db: Database): Promise<void> => {
  await query(
    db,
    `update ops.projection_build set
       events_per_second = case when sampled_at is null then null
         else greatest(0, events - sampled_events) / extract(epoch from clock_timestamp() - sampled_at) end,
       sampled_at = clock_timestamp(), sampled_events = events
     where id in (
       select id from ops.projection_build
       where sampled_at is null or sampled_at < clock_timestamp() - interval '4 seconds'
       order by id for update skip locked
     )`,
  );
};
