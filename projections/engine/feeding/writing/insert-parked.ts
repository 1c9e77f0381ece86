import { storableJson } from '../../../../platform/database/storable.ts';
import { type Database, query } from '../../database.ts';
import type { ParkedEvent } from '../fold.ts';
import type { RunningBuild } from '../running-build.ts';

export const insertParked = async (
  trx: Database,
  running: RunningBuild,
  parked: readonly ParkedEvent[],
): Promise<void> => {
  await query(
    trx,
    `insert into ops.projection_parked
       (build_id, stream_name, revision, commit_position, prepare_position, event_id, event_type, cause, message)
     select $1, p.* from json_to_recordset($2::json) as p(
       stream text, revision bigint, commit bigint, prepare bigint, id text, type text, cause text, message text)`,
    [
      running.build.id,
      storableJson(
        parked.map(({ event, cause, message }) => ({
          stream: event.streamName,
          revision: String(event.revision),
          commit: String(event.position.commit),
          prepare: String(event.position.prepare),
          id: event.id,
          type: event.type,
          cause,
          message: message.slice(0, 2_000),
        })),
      ),
    ],
  );
};
