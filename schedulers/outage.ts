import { isEventStoreOutage } from '../eventstore/explain-error.ts';
import { isConnectionLoss } from '../platform/database/database.ts';

/**
 * Whether an error says that a server is away, and so concerns every record; otherwise it is about the one that was at work, and
 * the others go on.
 */
export const isOutage = (error: unknown): boolean => isConnectionLoss(error) || isEventStoreOutage(error);
