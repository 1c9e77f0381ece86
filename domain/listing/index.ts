import type { Decider } from '../decider.ts';
import { decide, type ListingCommand } from './decide.ts';
import type { ListingEvent } from './events.ts';
import { evolve, initialState, type ListingState } from './state.ts';

export { oneLine } from './address.ts';
export { changeTypeOf, changeTypeOfStatus } from './change-type.ts';
export { type ListingCommand, linkedFields, type ReadPlaces } from './decide.ts';
export { type ListingEvent, listingEvents } from './events.ts';
export { bathroomsOf, type Facts, factFields, factsInWords, photoOf } from './facts.ts';
export {
  isDisplayed,
  isOnMarket,
  isShown,
  isUnpublished,
  onMarketStatuses,
  publicAddressOf,
  shownStatuses,
} from './market.ts';
export { mlsNumberKey, mlsNumberParts, withoutMlsLabel } from './mls-number.ts';
export { type ListingFields, listingFieldsSchema } from './schema.ts';
export type { ListingState } from './state.ts';

export const listing: Decider<ListingCommand, ListingEvent, ListingState> = { decide, evolve, initialState };
