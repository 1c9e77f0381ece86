import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-definition.ts';
import { ownedTypes, owners } from './types.ts';

/**
 * From now on this system decides about records of this type, and the other one follows. The event's actor decided so, and its reason
 * says why.
 */
const ownershipChanged = defineEvent(
  'OwnershipChanged',
  z.object({ recordType: z.enum(ownedTypes), owner: z.enum(owners), previousOwner: z.enum(owners) }),
);

export const ownershipEvents = [ownershipChanged] as const;

export type OwnershipEvent = EventOf<typeof ownershipEvents>;
