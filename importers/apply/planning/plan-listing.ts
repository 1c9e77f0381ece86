import type { Known } from '../../../domain/changes.ts';
import type { ListingCommand, ListingFields, ListingState } from '../../../domain/listing/index.ts';
import type { ListingPayload } from '../../legacy/listings.ts';
import type { PendingRecord } from '../load-pending.ts';
import { inOrderOf, inTimeOrder, legacyIdsOf, mergeFields, withLostReference } from './merge.ts';
import { listingRules } from './merge-rules.ts';
import {
  type AppliedDates,
  contextsOf,
  datesOf,
  latestUpdate,
  onlyReadAgain,
  type Planner,
  type Planning,
  type RecordPlan,
  sourceChanges,
} from './plan.ts';

type Applied = { readonly fields: Partial<ListingFields>; readonly dates?: AppliedDates };

const planListing = (
  record: PendingRecord,
  planning: Planning,
  absorbed: readonly ListingState[],
): RecordPlan<ListingCommand, ListingState> => {
  const { agents } = planning;
  const documents = inTimeOrder(record.documents);
  const said = documents.map((document) => ({ document, ...(document.payload as ListingPayload) }));
  const { fields: merged, sources: words } = mergeFields(said, listingRules);
  const sources = new Map(words);
  const fullest = inOrderOf(said, 'listingId').findLast(hasPrefix);
  if (fullest !== undefined) {
    merged.listingId = fullest.fields.listingId;
    sources.set('listingId', fullest.document);
  }
  const namesAgent = inOrderOf(said, 'agent').findLast(({ agent }) => agent !== undefined);
  const agent = namesAgent?.agent;
  if (namesAgent !== undefined) sources.set('listAgentKey', namesAgent.document);
  const listAgentKey = agents.keyOf(agent);
  const resolved =
    listAgentKey !== undefined
      ? { ...merged, listAgentKey }
      : agent !== undefined
        ? withLostReference(merged, 'listAgentKey', agent, agents.whyNot(agent))
        : merged;
  const fields = { ...resolved, legacyIds: legacyIdsOf(record.documents) } as Partial<ListingFields>;
  const changes = sourceChanges<ListingFields>((record.applied as Applied | undefined)?.fields, fields);
  return {
    commands: (state) => [
      ...leaving(record, fields, changes, state),
      ...correcting(record, changes, state),
      {
        type: 'RecordListing',
        listingKey: record.recordKey,
        fields: state.listingKey === null ? entered(changes, latestUpdate(documents)) : changes,
        mergedListingKeys: absorbed.flatMap(({ listingKey }) => listingKey ?? []),
        ...(record.splitFrom === null ? {} : { splitFromListingKey: record.splitFrom }),
      },
    ],
    context: contextsOf(record, documents, sources, planning),
    applied: { fields, dates: datesOf(documents) } satisfies Applied,
  };
};

/** What newer readers read otherwise did not happen in the market. */
const correcting = (
  record: PendingRecord,
  { legacyIds: _, standardStatus, ...changes }: Known<ListingFields>,
  state: ListingState,
): ListingCommand[] => {
  if (isAway(state) || !onlyReadAgain(record)) return [];
  const status = standardStatus === undefined || standardStatus === null ? {} : { standardStatus };
  return [{ type: 'CorrectListing', changes: { ...changes, ...status } }];
};

/** Documents that were part of this record, but are now about another home. */
const leaving = (
  { splitInto }: PendingRecord,
  { legacyIds = [] }: Partial<ListingFields>,
  changes: Known<ListingFields>,
  state: ListingState,
): ListingCommand[] => {
  if (splitInto.length === 0 || isAway(state)) return [];
  const gone = (state.fields.legacyIds ?? []).filter((id) => !legacyIds.includes(id));
  const { legacyIds: _, ...corrections } = changes;
  return [{ type: 'SplitListing', legacyIds: gone, listingKeys: splitInto, fields: corrections }];
};

const isAway = ({ listingKey, mergedIntoListingKey }: ListingState) =>
  listingKey === null || mergedIntoListingKey !== null;

const entered = (fields: ReturnType<typeof sourceChanges<ListingFields>>, updatedAt: string | undefined) =>
  updatedAt === undefined ? fields : { ...fields, modificationTimestamp: updatedAt };

/** `RX-10812345` is better than `10812345`, whichever came later. */
const hasPrefix = ({ fields }: Pick<ListingPayload, 'fields'>): boolean => /^[A-Z]/.test(fields.listingId ?? '');

export const listingPlanner: Planner<ListingCommand, ListingState> = {
  plan: planListing,
  merging: {
    command: (listingKey) => ({ type: 'MergeListingInto', listingKey }),
    remembered: 'listing_key',
    isAway,
  },
};
