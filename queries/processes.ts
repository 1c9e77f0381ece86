import type { Kysely } from 'kysely';
import type { ProcessRole } from '../platform/processes/register.ts';
import { typed } from '../tables/database.ts';
import { ifThere } from './if-there.ts';

/** A process that has registered and not deregistered. */
export type RunningProcess = {
  readonly processId: string;
  readonly host: string;
  readonly pid: number;
  readonly command: string;
  readonly roles: readonly ProcessRole[];
  readonly consoleUrl: string | null;
  readonly home: string;
  readonly startedAt: Date;
  /** Its last heartbeat, by the database's clock. */
  readonly beatAt: Date;
  readonly clockAheadMs: number;
  readonly diskFreeBytes: number | null;
};

/** Four missed heartbeats. */
export const silentAfterMs = 40_000;

/** Whether it probably no longer runs. */
export const isSilent = (now: Date, { beatAt }: RunningProcess): boolean =>
  now.getTime() - beatAt.getTime() > silentAfterMs;

/** The processes and their roles, the longest-running first. */
export const readProcesses = async (db: Kysely<unknown>): Promise<readonly RunningProcess[]> => {
  const rows = await ifThere(typed(db).selectFrom('ops.process').selectAll().orderBy('startedAt').execute(), []);
  return rows.map(({ consoleURL, ...row }) => ({
    ...row,
    consoleUrl: consoleURL,
    roles: row.roles as ProcessRole[],
    diskFreeBytes: row.diskFreeBytes === null ? null : Number(row.diskFreeBytes),
  }));
};
