import type { Known } from '../../../domain/changes.ts';
import type { ListingCommand, ListingFields, ListingState } from '../../../domain/listing/index.ts';
import type { ListingPayload } from '../../legacy/listings.ts';
import type { PendingRecord } from '../load-pending.ts';
import { type Applied, appliedBefore, datesOf, sourceChanges } from './applied.ts';
import { contextsOf } from './event-context.ts';
import { inOrderOf, inTimeOrder, legacyIdsOf, mergeFields, withAgent, withOtherAgents } from './merge.ts';
import { listingRules } from './merge-rules.ts';
import type { Planner } from './planner.ts';
import { asModified, documentsThatLeft, onlyReadAgain } from './record-documents.ts';

const isAway = ({ listingKey, mergedIntoListingKey }: ListingState) =>
  listingKey === null || mergedIntoListingKey !== null;

export const listingPlanner: Planner<ListingCommand, ListingState> = {
  plan: (record, planning, absorbed) => {
    const documents = inTimeOrder(record.documents);
    const said = documents.map((document) => ({ document, ...(document.payload as ListingPayload) }));
    const { fields: merged, sources: words } = mergeFields(said, listingRules);
    const sources = new Map(words);
    const fullest = inOrderOf(said, 'listingId').findLast(hasPrefix);
    if (fullest !== undefined) {
      merged.listingId = fullest.fields.listingId;
      sources.set('listingId', fullest.document);
    }
    const named = inOrderOf(said, 'agent').findLast(({ agent }) => agent !== undefined);
    const resolved = withAgent(merged, sources, planning.agents, {
      field: 'listAgentKey',
      document: named?.document,
      reference: named?.agent,
    });
    const agents = said.flatMap(({ document, agent }) => {
      const memberKey = planning.agents.keyOf(agent);
      return memberKey === undefined ? [] : [{ document, memberKey }];
    });
    const all = withOtherAgents(resolved, 'listAgentKey', agents);
    const fields = { ...all, legacyIds: legacyIdsOf(record.documents) } as Partial<ListingFields>;
    const changes = sourceChanges<ListingFields>(appliedBefore<Applied<ListingFields>>(record)?.fields, fields);
    return {
      commands: (state) => [
        ...leaving(record, fields, changes, state),
        ...correcting(record, changes, state),
        {
          type: 'RecordListing',
          listingKey: record.recordKey,
          fields: state.listingKey === null ? asModified(changes, documents) : changes,
          mergedListingKeys: absorbed.flatMap(({ listingKey }) => listingKey ?? []),
          ...(record.splitFrom[0] === undefined ? {} : { splitFromListingKey: record.splitFrom[0] }),
        },
      ],
      context: contextsOf(record, documents, sources, planning),
      applied: { fields, dates: datesOf(documents) } satisfies Applied<ListingFields>,
    };
  },
  merging: {
    command: (listingKey) => ({ type: 'MergeListingInto', listingKey }),
    remembered: 'listing_key',
    isAway,
  },
};

/** What newer readers read differently is not a change in the market. */
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
  fields: Partial<ListingFields>,
  { legacyIds: _, ...corrections }: Known<ListingFields>,
  state: ListingState,
): ListingCommand[] => {
  if (splitInto.length === 0 || isAway(state)) return [];
  const gone = documentsThatLeft(state.fields, fields);
  return [{ type: 'SplitListing', legacyIds: gone, listingKeys: splitInto, fields: corrections }];
};

/** `RX-10812345` is better than `10812345`, whichever came later. */
const hasPrefix = ({ fields }: Pick<ListingPayload, 'fields'>): boolean => /^[A-Z]/.test(fields.listingId ?? '');
