import type { Kysely } from 'kysely';
import type { OwnedType } from '../../domain/ownership/index.ts';
import { typed } from '../../tables/database.ts';

/** When all records of a type were last compared with the old CRM's documents; `differing` counts those that were not the same. */
export type LastComparison = {
  readonly recordType: OwnedType;
  readonly at: Date;
  readonly records: number;
  readonly differing: number;
  /** Whether every record was the same on both sides. */
  readonly agreed: boolean;
};

/** The last comparison (`openhouse parity`, or the check before a cutover) of each type that was ever compared. */
export const lastComparisons = async (db: Kysely<unknown>): Promise<readonly LastComparison[]> => {
  const rows = await typed(db)
    .selectFrom('ops.parityRun')
    .distinctOn('recordType')
    .select(['recordType', 'finishedAt', 'records', 'same'])
    .orderBy('recordType')
    .orderBy('parityRunId', 'desc')
    .execute();
  return rows.map(({ recordType, finishedAt, records, same }) => ({
    recordType: recordType as OwnedType,
    at: finishedAt,
    records: Number(records),
    differing: Number(records) - Number(same),
    agreed: records === same,
  }));
};
