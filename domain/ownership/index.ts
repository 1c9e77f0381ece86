import { accept, type Decider, type Decision } from '../decider.ts';
import type { OwnershipEvent } from './events.ts';
import type { OwnedType, Owner } from './types.ts';

export { type OwnershipEvent, ownershipEvents } from './events.ts';
export { isOwnedType, type OwnedType, type Owner, ownedTypes, owners } from './types.ts';

/** The command: another system decides about this type from now on. If it already does, nothing changes. */
export type OwnershipCommand = {
  readonly type: 'ChangeOwnership';
  readonly recordType: OwnedType;
  readonly owner: Owner;
};

/** Who owns the records of a type. Until someone decides otherwise, the old CRM does. */
export type OwnershipState = { readonly owner: Owner };

const initialState: OwnershipState = { owner: 'legacy' };

const decide = ({ recordType, owner }: OwnershipCommand, state: OwnershipState): Decision<OwnershipEvent> =>
  owner === state.owner
    ? accept()
    : accept({ type: 'OwnershipChanged', data: { recordType, owner, previousOwner: state.owner } });

const evolve = (state: OwnershipState, event: OwnershipEvent): OwnershipState => {
  switch (event.type) {
    case 'OwnershipChanged':
      return { ...state, owner: event.data.owner };
    default:
      return event.type satisfies never;
  }
};

/** The stream of each record type's ownership is called after the type: `ownership-listing`. */
export const ownership: Decider<OwnershipCommand, OwnershipEvent, OwnershipState> = { decide, evolve, initialState };
