import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-definition.ts';
import { ownedTypes, owners } from './types.ts';

/**
 * From now on this system decides about records of this type, and the other one follows. The event's actor made that
 * decision, and its reason says why.
 */
const ownershipChanged = defineEvent(
  'OwnershipChanged',
  z.object({ recordType: z.enum(ownedTypes), owner: z.enum(owners), previousOwner: z.enum(owners) }),
);

/**
 * A person had both sides made equal, with the owner's values; the counts are numbers of records. The event's reason
 * says why.
 */
const parityRepaired = defineEvent(
  'ParityRepaired',
  z.object({
    recordType: z.enum(ownedTypes),
    owner: z.enum(owners),
    corrected: z.int().nonnegative(),
    writtenBack: z.int().nonnegative(),
    leftAlone: z.int().nonnegative(),
  }),
);

export const ownershipEvents = [ownershipChanged, parityRepaired] as const;

export type OwnershipEvent = EventOf<typeof ownershipEvents>;
