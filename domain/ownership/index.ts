import { accept, type Decider, type Decision } from '../decider.ts';
import type { OwnershipEvent } from './events.ts';
import type { OwnedType, Owner } from './types.ts';

export { type OwnershipEvent, ownershipEvents } from './events.ts';
export { isOwnedType, type OwnedType, type Owner, ownedTypes, owners } from './types.ts';

export type OwnershipCommand =
  /** Another system decides about this type from now on. If it already does, nothing changes. */
  | { readonly type: 'ChangeOwnership'; readonly recordType: OwnedType; readonly owner: Owner }
  /** Both sides were made equal, with the owner's values; if nothing had to change, nothing is recorded. */
  | {
      readonly type: 'NoteRepair';
      readonly recordType: OwnedType;
      readonly corrected: number;
      readonly writtenBack: number;
      readonly leftAlone: number;
    };

/** Who owns the records of a type. Until someone decides otherwise, the old CRM does. */
export type OwnershipState = { readonly owner: Owner };

const initialState: OwnershipState = { owner: 'legacy' };

const decide = (command: OwnershipCommand, { owner: previousOwner }: OwnershipState): Decision<OwnershipEvent> => {
  if (command.type === 'ChangeOwnership') {
    const { recordType, owner } = command;
    if (owner === previousOwner) return accept();
    return accept({ type: 'OwnershipChanged', data: { recordType, owner, previousOwner } });
  }
  const { type: _, ...repair } = command;
  if (repair.corrected + repair.writtenBack === 0) return accept();
  return accept({ type: 'ParityRepaired', data: { ...repair, owner: previousOwner } });
};

const evolve = (state: OwnershipState, event: OwnershipEvent): OwnershipState => {
  switch (event.type) {
    case 'OwnershipChanged':
      return { ...state, owner: event.data.owner };
    case 'ParityRepaired':
      return state;
    default:
      return event satisfies never;
  }
};

/** The stream of each record type's ownership is named after the type: `ownership-listing`. */
export const ownership: Decider<OwnershipCommand, OwnershipEvent, OwnershipState> = { decide, evolve, initialState };
