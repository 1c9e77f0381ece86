import { type Lease, LeaseLost } from '../../../../platform/lease/lease.ts';
import { type Database, query } from '../../database.ts';
import type { ApplyOptions } from '../settings.ts';

/**
 * One transaction of a build's holder, as for live models.
 * @throws LeaseLost
 */
export const liveWrite = <Result>(
  db: Database,
  lease: Lease,
  work: (trx: Database) => Promise<Result>,
): Promise<Result> => transact(db, lease, { statementLimitMs: 60_000, durable: true }, work);

/**
 * One transaction of a build's holder.
 * @throws LeaseLost
 */
export const transact = <Result>(
  db: Database,
  { name, token }: Lease,
  { statementLimitMs, durable }: Pick<ApplyOptions, 'statementLimitMs' | 'durable'>,
  work: (trx: Database) => Promise<Result>,
): Promise<Result> =>
  db.transaction().execute(async (trx) => {
    const [first] = await query<{ held: boolean }>(
      trx,
      `select set_config('statement_timeout', $1, true), set_config('synchronous_commit', $2, true),
         ops.hold_lease($3, $4) as held`,
      [String(statementLimitMs), durable ? 'on' : 'off', name, token],
    );
    if (first?.held !== true) throw new LeaseLost(name);
    return await work(trx);
  });
