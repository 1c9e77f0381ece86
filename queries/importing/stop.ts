import type { Kysely } from 'kysely';
import { type QuarantineLimit, stopInForce } from '../../importers/quarantine-limit.ts';
import { ifThere } from '../if-there.ts';

/** Why imports have stopped because of what went into quarantine, and no one has accepted it yet; `undefined` if they may go on. */
export const readStop = async (db: Kysely<unknown>, limit: QuarantineLimit) =>
  await ifThere(stopInForce(db, limit), undefined);
