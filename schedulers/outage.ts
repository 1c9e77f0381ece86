import { isEventStoreOutage } from '../eventstore/explain-error.ts';
import { isConnectionLoss } from '../platform/database/database.ts';

/**
 * Whether an error means that a server is unavailable, and so concerns every record. Any other error concerns only the
 * current record, and the others go on.
 */
export const isOutage = (error: unknown): boolean => isConnectionLoss(error) || isEventStoreOutage(error);
