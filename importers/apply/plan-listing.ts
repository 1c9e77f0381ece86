import type { ListingCommand, ListingFields, ListingState } from '../../domain/listing/index.ts';
import type { ListingPayload } from '../legacy/listings.ts';
import type { PendingRecord } from './load-pending.ts';
import { inTimeOrder, legacyIdsOf, mergeFields, withLostReference } from './merge.ts';
import { type Planner, type Planning, type RecordPlan, recordContext, sourceChanges } from './plan.ts';

type Applied = { readonly fields: Partial<ListingFields> };

const planListing = (
  record: PendingRecord,
  { agents, asOf }: Planning,
  absorbed: readonly ListingState[],
): RecordPlan<ListingCommand, ListingState> => {
  const payloads = inTimeOrder(record.documents).map(({ payload }) => payload as ListingPayload);
  const merged = mergeFields(payloads);
  merged.listingId = fullestNumber(payloads) ?? merged.listingId;
  const agent = payloads.findLast((payload) => payload.agent !== undefined)?.agent;
  const listAgentKey = agents.keyOf(agent);
  const resolved =
    listAgentKey !== undefined
      ? { ...merged, listAgentKey }
      : agent !== undefined
        ? withLostReference(merged, 'listAgentKey', agent, agents.whyNot(agent))
        : merged;
  const fields = { ...resolved, legacyIds: legacyIdsOf(record.documents) } as Partial<ListingFields>;
  const { times, contextFor } = recordContext(record, record.documents, asOf);
  const changes = sourceChanges<ListingFields>((record.applied as Applied | undefined)?.fields, fields);
  return {
    commands: (state) => [
      {
        type: 'RecordListing',
        listingKey: record.recordKey,
        fields: state.listingKey === null ? entered(changes, times.updatedAt) : changes,
        mergedListingKeys: absorbed.flatMap(({ listingKey }) => listingKey ?? []),
      },
    ],
    context: contextFor,
    applied: { fields } satisfies Applied,
  };
};

const entered = (fields: ReturnType<typeof sourceChanges<ListingFields>>, updatedAt: string | undefined) =>
  updatedAt === undefined ? fields : { ...fields, modificationTimestamp: updatedAt };

/** `RX-10812345` says more than `10812345`, whichever came later. */
const fullestNumber = (payloads: readonly ListingPayload[]): string | undefined =>
  payloads.findLast(({ fields }) => /^[A-Z]/.test(fields.listingId ?? ''))?.fields.listingId;

export const listingPlanner: Planner<ListingCommand, ListingState> = {
  plan: planListing,
  merging: {
    command: (listingKey) => ({ type: 'MergeListingInto', listingKey }),
    remembered: 'listing_key',
  },
};
