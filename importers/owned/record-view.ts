import { type listings, recordAggregates } from '../../commands/aggregates.ts';
import { type Loaded, load } from '../../commands/execute.ts';
import { omit } from '../../domain/changes.ts';
import type { OwnedType } from '../../domain/ownership/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { provenance } from '../apply/guard.ts';
import { newRecord, type RecordDocument } from '../apply/load-pending.ts';
import { leadHistory, ownerAfter } from '../apply/planning/leads/lead-history.ts';
import { leadPlanner } from '../apply/planning/leads/plan-lead.ts';
import { agentPlanner } from '../apply/planning/plan-agent.ts';
import { listingPlanner } from '../apply/planning/plan-listing.ts';
import type { Planner, Planning } from '../apply/planning/planner.ts';
import type { StagedCollection } from '../collections.ts';
import type { MappedType } from '../mappings/compile.ts';
import { withWholeAddress } from './whole-address.ts';
import { unitsOfType } from './writing/units.ts';

/** A record's fields as one of the two sides has them. */
export type View = Readonly<Record<string, unknown>>;

type AnyState = { readonly fields: View; readonly emailOptOut?: boolean };

export const ownedTypesInfo: Readonly<
  Record<OwnedType, { readonly collection: StagedCollection; readonly mapped: 'listings' | 'leads' | 'agents' }>
> = {
  listing: { collection: 'properties', mapped: 'listings' },
  lead: { collection: 'contacts', mapped: 'leads' },
  agent: { collection: 'users', mapped: 'agents' },
};

const plannersOf = { listing: listingPlanner, lead: leadPlanner, agent: agentPlanner } as const;

/** The present state of a record of any of these types, and its revision. */
export const loadOwned = async (
  store: EventStore,
  aggregate: OwnedType,
  recordKey: string,
): Promise<Loaded<AnyState & Record<string, unknown>>> =>
  (await load(store, recordAggregates[aggregate] as unknown as typeof listings, recordKey)) as unknown as Loaded<
    AnyState & Record<string, unknown>
  >;

/** What openhouse says, with a lead's opt-out among its fields; `undefined` if the record ended in another one, or never began. */
export const ourView = async (
  store: EventStore,
  aggregate: OwnedType,
  recordKey: string,
): Promise<{ readonly view: View; readonly revision: bigint } | undefined> => {
  const { state, revision } = await loadOwned(store, aggregate, recordKey);
  if (revision === 'no-stream') return undefined;
  const ended = state.mergedIntoListingKey ?? state.mergedIntoContactKey;
  if (typeof ended === 'string') return undefined;
  return { view: viewOf(state), revision };
};

/** The same of a state. */
export const viewOf = ({ fields, emailOptOut }: AnyState): View => {
  const view = withWholeAddress(omit(fields as Record<string, unknown>, [...provenance]));
  return emailOptOut === true ? { ...view, emailOptOut: true } : view;
};

/** What a record's documents say together, as an import would merge them. */
export const theirView = (
  aggregate: OwnedType,
  recordKey: string,
  documents: readonly RecordDocument[],
  planning: Planning,
): { readonly view: View; readonly applied: object } => {
  const record = newRecord(recordKey, documents);
  const planner = plannersOf[aggregate] as unknown as Planner<unknown, unknown>;
  const { applied } = planner.plan(record, planning, [], []);
  const fields: Record<string, unknown> = { ...(applied as { fields: View }).fields };
  if (aggregate === 'lead') fields.ownerMemberKey ??= ownerAfter(leadHistory(documents, planning));
  return { view: omit(fields, [...provenance]), applied };
};

/** The fields that a mapping can read, and so both sides can be compared in. */
export const comparedFields = (aggregate: OwnedType, { slots: mapped }: Pick<MappedType, 'slots'>): readonly string[] =>
  unitsOfType[aggregate].flatMap(({ fields, slots }) => (slots.some((slot) => mapped.has(slot)) ? fields : []));

/**
 * Whether a record is as good as deleted. What has no document in the old CRM and is hidden here is the same on both sides, and is not
 * written again.
 */
export const isHidden = ({ standardStatus, leadStage, memberStatus }: View): boolean =>
  standardStatus === 'Delete' || leadStage === 'Trash' || memberStatus === 'Inactive';
