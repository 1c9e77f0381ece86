import { changedFields, hasFields, type Known, knownFields, omit, pick, remaining, sameValue } from '../changes.ts';
import { accept, type Decision, reject } from '../decider.ts';
import { addressFields, addressInStep, type ReadAddressLine } from './address.ts';
import { bathroomsInStep } from './bathrooms.ts';
import { type AreNear, coordinatesInStep } from './coordinates.ts';
import type { ListingEvent } from './events.ts';
import type { ListingChanges } from './in-step.ts';
import { propertyKindInStep } from './property-kind.ts';
import type { ListingFields } from './schema.ts';
import { evolve, type ListingState } from './state.ts';

/**
 * The commands of a listing.
 * - `RecordListing`: a source (an import, an MLS feed, a person at the screen) reports the listing's present state.
 *   Missing fields stay unchanged. Results in the business events that lead to that state, or in none if it is already
 *   so. `mergedListingKeys` were separate listings and turned out to be this one; `splitFromListingKey` is the listing
 *   that this one was part of; if this listing had ended when it was merged, it continues.
 * - `CorrectListing`: something on record is wrong. Nothing happened on the market, so no buyer is notified. With `places`, it is a
 *   person who gives single fields, and what follows for the rest of the address, the coordinates, the bathrooms and the property type is corrected
 *   along; without, the values are a document's, which agree already.
 * - `SplitListing`: these documents turned out to be other homes, which continue as `listingKeys`; `fields` are the
 *   right values without them. Nothing happened on the market.
 * - `MergeListingInto`: it turned out to be the same home as another listing, which continues; this one accepts no
 *   further commands.
 */
export type ListingCommand =
  | {
      readonly type: 'RecordListing';
      readonly listingKey: string;
      readonly fields: Known<ListingFields>;
      readonly mergedListingKeys?: readonly string[];
      readonly splitFromListingKey?: string;
    }
  | {
      readonly type: 'SplitListing';
      readonly legacyIds: readonly string[];
      readonly listingKeys: readonly string[];
      readonly fields: ListingChanges;
    }
  | {
      readonly type: 'CorrectListing';
      readonly changes: ListingChanges;
      readonly places?: ReadPlaces | undefined;
    }
  | { readonly type: 'MergeListingInto'; readonly listingKey: string };

/** The fields of which a correction may bring others along. */
export const linkedFields: readonly (keyof ListingFields)[] = [
  ...addressFields,
  'latitude',
  'longitude',
  'bathroomsTotalInteger',
  'bathroomsFull',
  'bathroomsHalf',
  'propertyType',
  'propertySubType',
];

/** How places are read, from outside: that takes a table of ZIP codes and towns. */
export type ReadPlaces = { readonly address: ReadAddressLine; readonly areNear: AreNear };

const closing = ['mlsStatus', 'closePrice', 'closeDate', 'onMarketDate'] as const;

export const decide = (command: ListingCommand, state: ListingState): Decision<ListingEvent> => {
  if (state.mergedIntoListingKey !== null) {
    if (command.type === 'MergeListingInto' && command.listingKey === state.mergedIntoListingKey) return accept();
    if (command.type === 'RecordListing' && command.splitFromListingKey !== undefined) {
      return reopen(command, command.splitFromListingKey, state);
    }
    return reject('listing-merged', `This listing was merged into listing ${state.mergedIntoListingKey}`);
  }
  switch (command.type) {
    case 'RecordListing':
      return state.listingKey === null
        ? enter(command)
        : record(command.fields, command.mergedListingKeys ?? [], state);
    case 'SplitListing':
      return split(command, state);
    case 'MergeListingInto':
      return mergeInto(command.listingKey, state);
    case 'CorrectListing':
      return correctByPerson(command, state);
    default:
      return command satisfies never;
  }
};

type RecordListing = Extract<ListingCommand, { type: 'RecordListing' }>;

const enter = ({
  listingKey,
  fields,
  mergedListingKeys = [],
  splitFromListingKey,
}: RecordListing): Decision<ListingEvent> => {
  const { standardStatus, ...known } = knownFields(fields);
  if (standardStatus === undefined) {
    return reject('status-missing', 'A listing cannot be entered without a status', 'standardStatus');
  }
  if (known.listingId === undefined && known.unparsedAddress === undefined) {
    return reject('identity-missing', 'A listing cannot be entered without an MLS number or an address', 'listingId');
  }
  const entered: ListingEvent = { type: 'ListingEntered', data: { listingKey, standardStatus, ...known } };
  const parted: ListingEvent[] =
    splitFromListingKey === undefined ? [] : [{ type: 'ListingSplitFrom', data: { listingKey: splitFromListingKey } }];
  return accept<ListingEvent>(entered, ...parted, ...merged([], mergedListingKeys));
};

/** Corrects whatever changed while it was part of another listing; that is not a change on the market. */
const reopen = (command: RecordListing, listingKey: string, state: ListingState): Decision<ListingEvent> => {
  const fields = { ...knownFields<ListingFields>(state.fields), ...remaining(state.fields, command.fields) };
  const parted: ListingEvent = { type: 'ListingSplitFrom', data: { listingKey, fields } };
  const before = evolve(state, parted);
  const { legacyIds: _, ...wanted } = command.fields;
  const corrected = correct(withStatus(wanted), before);
  if ('rejected' in corrected) return corrected;
  const after = corrected.accepted.reduce(evolve, before);
  const rest = record({ legacyIds: command.fields.legacyIds ?? [] }, command.mergedListingKeys ?? [], after);
  return 'rejected' in rest ? rest : accept<ListingEvent>(parted, ...corrected.accepted, ...rest.accepted);
};

const split = (
  { legacyIds, listingKeys, fields }: Extract<ListingCommand, { type: 'SplitListing' }>,
  state: ListingState,
): Decision<ListingEvent> => {
  const gone = legacyIds.filter((id) => state.fields.legacyIds?.includes(id));
  const keys = listingKeys.filter((key) => !state.splitListingKeys.includes(key));
  if (gone.length + keys.length === 0) return accept();
  const corrected = correct(withStatus(fields), state);
  if ('rejected' in corrected) return corrected;
  return accept<ListingEvent>(
    { type: 'ListingSplit', data: { legacyIds: gone, listingKeys: keys } },
    ...corrected.accepted,
  );
};

/** Without a status in the source, a listing keeps its own. */
const withStatus = <Fields extends { standardStatus?: unknown }>(fields: Fields): Fields =>
  fields.standardStatus === null ? ({ ...fields, standardStatus: undefined } as Fields) : fields;

/** Other documents, and records, that turned out to be this listing. */
const merged = (legacyIds: readonly string[], listingKeys: readonly string[]): ListingEvent[] => {
  if (legacyIds.length + listingKeys.length === 0) return [];
  const data = { legacyIds: [...legacyIds], ...(listingKeys.length > 0 ? { listingKeys: [...listingKeys] } : {}) };
  return [{ type: 'ListingMerged', data }];
};

const mergeInto = (listingKey: string, state: ListingState): Decision<ListingEvent> => {
  if (state.listingKey === null) return reject('listing-unknown', 'There is no such listing');
  if (state.listingKey === listingKey) return reject('listing-same', 'A listing cannot be merged into itself');
  return accept({ type: 'ListingMergedInto', data: { listingKey } });
};

const identified = (fields: { listingId?: string | null; unparsedAddress?: string | null }) =>
  Boolean(fields.listingId) || Boolean(fields.unparsedAddress);
const nameless = reject('identity-required', 'A listing must keep an MLS number or an address', 'listingId');

const record = (
  wanted: Known<ListingFields>,
  mergedKeys: readonly string[],
  state: ListingState,
): Decision<ListingEvent> => {
  const changes = changedFields<ListingFields>(state.fields, wanted);
  if (!identified({ ...state.fields, ...changes })) return nameless;
  const events: ListingEvent[] = [];
  const { standardStatus, listPrice, listAgentKey, media, photosCount, legacyIds, ...others } = changes;
  const before = state.fields.standardStatus;

  const moved = standardStatus !== undefined && standardStatus !== null && before !== undefined && before !== null;
  if (listPrice !== undefined) {
    const previousListPrice = state.fields.listPrice ?? null;
    events.push({ type: 'ListPriceChanged', data: { listPrice, previousListPrice } });
  }
  if (moved) {
    const data = { standardStatus, previousStandardStatus: before, ...pick(others, closing) };
    events.push({ type: 'StandardStatusChanged', data });
  }
  if (media !== undefined || photosCount !== undefined) {
    events.push({ type: 'ListingMediaChanged', data: pick(changes, ['media', 'photosCount']) });
  }
  if (listAgentKey !== undefined) events.push({ type: 'ListAgentChanged', data: { listAgentKey } });
  const rest = moved ? omit(others, closing) : others;
  if (hasFields(rest)) events.push({ type: 'ListingDetailsCorrected', data: { changes: rest } });
  const joined = (legacyIds ?? []).filter((id) => !state.fields.legacyIds?.includes(id));
  const joinedKeys = mergedKeys.filter((key) => !state.mergedListingKeys.includes(key));
  return accept(...events, ...merged(joined, joinedKeys));
};

const correctByPerson = (
  { changes, places }: Extract<ListingCommand, { type: 'CorrectListing' }>,
  state: ListingState,
): Decision<ListingEvent> => {
  if (places === undefined || state.listingKey === null) return correct(changes, state);
  const rooms = bathroomsInStep(changes, state.fields);
  if ('rejected' in rooms) return rooms;
  const kind = propertyKindInStep(rooms.changes, state.fields);
  if ('rejected' in kind) return kind;
  const address = addressInStep(kind.changes, state.fields, places.address);
  if ('rejected' in address) return address;
  const whole = coordinatesInStep(address.changes, state.fields, places.areNear);
  return 'rejected' in whole ? whole : correct(whole.changes, state);
};

const correct = (wanted: ListingChanges, state: ListingState): Decision<ListingEvent> => {
  if (state.listingKey === null) return reject('listing-unknown', 'There is no such listing');
  if (wanted.standardStatus === null) {
    return reject('status-required', 'A listing must keep a status', 'standardStatus');
  }
  const changes = changedFields<Omit<ListingFields, 'legacyIds'>>(state.fields, wanted, sameValue);
  if (!identified({ ...state.fields, ...changes })) return nameless;
  return hasFields(changes) ? accept({ type: 'ListingDetailsCorrected', data: { changes } }) : accept();
};
