import { leadFields } from '../../domain/lead/fields.ts';
import type { LeadEvent } from '../../domain/lead/index.ts';
import { isResponse } from '../../domain/lead/responses.ts';
import type { StoredEvent } from '../../eventstore/stored-event.ts';
import { columnsOf } from '../columns.ts';
import type { Row } from '../projection.ts';
import { type Patch, recordProjection, removed, union, withFormer, without } from '../record-projection.ts';

const noOffer = {
  offerKey: null,
  offeredMemberKeys: null,
  offerMode: null,
  offerRule: null,
  offerStep: null,
  offeredAt: null,
  offerExpiresAt: null,
} as const;

const notEscalated = { escalatedAt: null, escalatedToMemberKey: null, escalationReason: null } as const;

/** The lead has this agent (or none) now. */
const owned = (ownerMemberKey: string | null, { metadata }: StoredEvent, how: string): Patch => ({
  ...noOffer,
  ...notEscalated,
  ownerMemberKey,
  triedMemberKeys: [],
  assignedAt: ownerMemberKey === null ? null : metadata.occurredAt,
  assignedHow: ownerMemberKey === null ? null : metadata.actor.kind === 'import' ? 'source' : how,
  firstResponseAt: null,
  responseRemindedAt: null,
});

/** The first response since the lead came to its agent. */
const responded = (row: Readonly<Row>, at: string): Patch =>
  row.ownerMemberKey && !row.firstResponseAt ? { firstResponseAt: at } : {};

/**
 * Agents passed, did not answer, or could not be reached: the offer is no longer open to them, and they count as tried.
 */
const letGo = (memberKeys: readonly string[], row: Readonly<Row>): Patch => {
  const offeredMemberKeys = without(row.offeredMemberKeys, memberKeys);
  return {
    ...(offeredMemberKeys.length === 0 ? noOffer : { offeredMemberKeys }),
    triedMemberKeys: union(row.triedMemberKeys, memberKeys),
  };
};

const nameOf = (firstName: unknown, lastName: unknown): string | null =>
  [firstName, lastName].filter(Boolean).join(' ') || null;

/** What the person was known by until this correction. */
const formerly = (row: Readonly<Row>, changes: Readonly<Record<string, unknown>>): Patch => {
  const renamed = changes.firstName !== undefined || changes.lastName !== undefined;
  const { firstName, lastName } = renamed ? { firstName: row.firstName, lastName: row.lastName, ...changes } : {};
  return {
    formerEmails: withFormer(row, 'formerEmails', (row) => row.email, changes.email),
    formerPhones: withFormer(row, 'formerPhones', (row) => row.mobilePhone, changes.mobilePhone),
    formerNames: withFormer(
      row,
      'formerNames',
      (row) => nameOf(row.firstName, row.lastName),
      renamed ? nameOf(firstName, lastName) : undefined,
    ),
  };
};

/** `read.leads`: the present state of every lead, with its open offer. */
export default recordProjection<LeadEvent>()({
  name: 'leads',
  version: 3,
  category: 'lead',
  key: 'contactKey',
  created: ['LeadCaptured', 'LeadSplitFrom'],
  columns: {
    ...columnsOf(leadFields),
    formerEmails: 'text[]',
    formerPhones: 'text[]',
    formerNames: 'text[]',
    emailOptOut: 'boolean',
    offerKey: 'text',
    offeredMemberKeys: 'text[]',
    offerMode: 'text',
    offerRule: 'text',
    offerStep: 'integer',
    offeredAt: 'timestamptz',
    offerExpiresAt: 'timestamptz',
    triedMemberKeys: 'text[]',
    inquiredListingKey: 'text',
    inquiredAt: 'timestamptz',
    acceptedAt: 'timestamptz',
    assignedAt: 'timestamptz',
    assignedHow: 'text',
    firstResponseAt: 'timestamptz',
    responseRemindedAt: 'timestamptz',
    escalatedAt: 'timestamptz',
    escalatedToMemberKey: 'text',
    escalationReason: 'text',
    capturedAt: 'timestamptz',
  },
  indexes: [
    { columns: ['email'] },
    { columns: ['otherEmails'], using: 'gin' },
    { columns: ['legacyIds'], using: 'gin' },
    { columns: ['ownerMemberKey'] },
    { columns: ['offeredMemberKeys'], using: 'gin' },
    { columns: ['mobilePhone'] },
    { columns: ['capturedAt'], where: 'owner_member_key is null and offer_key is null' },
    { columns: ['offerExpiresAt'], where: 'offer_key is not null' },
    { columns: ['assignedAt'], where: 'first_response_at is null' },
    { columns: ['acceptedAt'], where: "assigned_how = 'accepted'" },
    { columns: ['position'] },
  ],
  handlers: {
    LeadCaptured: (data, _row, { metadata }) => ({
      ...data,
      emailOptOut: false,
      triedMemberKeys: [],
      capturedAt: metadata.occurredAt,
    }),
    LeadInquired: ({ listingKey }, _row, { metadata }) => ({
      inquiredListingKey: listingKey,
      inquiredAt: metadata.occurredAt,
    }),
    LeadStageChanged: ({ leadStage }, row, { metadata }) => ({
      leadStage,
      ...(leadStage === 'New' ? {} : responded(row, metadata.occurredAt)),
    }),
    LeadOptedOut: () => ({ emailOptOut: true }),
    LeadOptedIn: () => ({ emailOptOut: false }),
    LeadOffered: ({ offerKey, memberKeys, mode, rule, step, expiresAt }, _row, { metadata }) => ({
      offerKey,
      offeredMemberKeys: memberKeys,
      offerMode: mode ?? 'bestMatch',
      offerRule: rule ?? null,
      offerStep: step ?? null,
      offeredAt: metadata.occurredAt,
      offerExpiresAt: expiresAt ?? null,
    }),
    LeadAccepted: ({ memberKey }, _row, event) => ({
      ...owned(memberKey, event, 'accepted'),
      acceptedAt: event.metadata.occurredAt,
    }),
    LeadPassed: ({ memberKey }, row) => letGo([memberKey], row),
    LeadOfferExpired: ({ memberKeys }, row) => letGo(memberKeys, row),
    LeadOfferWithdrawn: ({ memberKey }, row) => letGo([memberKey], row),
    LeadEscalated: ({ memberKey, escalationReason }, _row, event) => ({
      ...(escalationReason === 'no-first-response' ? {} : owned(memberKey, event, 'escalated')),
      escalatedAt: event.metadata.occurredAt,
      escalatedToMemberKey: memberKey,
      escalationReason,
    }),
    LeadResponseReminded: (_data, _row, { metadata }) => ({ responseRemindedAt: metadata.occurredAt }),
    LeadReassigned: ({ ownerMemberKey }, _row, event) => owned(ownerMemberKey, event, 'byHand'),
    LeadReleased: ({ previousOwnerMemberKey }, _row, event) => ({
      ...owned(null, event, 'byHand'),
      triedMemberKeys: [previousOwnerMemberKey],
    }),
    LeadReopened: (_data, row, event) => owned((row.ownerMemberKey as string | null) ?? null, event, 'byHand'),
    LeadAssigned: ({ ownerMemberKey }, _row, event) => owned(ownerMemberKey, event, 'source'),
    LeadActivityLogged: ({ activityType }, row, { metadata }) =>
      isResponse(activityType) ? responded(row, metadata.occurredAt) : {},
    LeadDetailsCorrected: ({ changes }, row, { metadata }) => ({
      ...changes,
      ...formerly(row, changes),
      ...(changes.leadStage && changes.leadStage !== 'New' ? responded(row, metadata.occurredAt) : {}),
    }),
    LeadMerged: ({ legacyIds }, row) => ({ legacyIds: union(row.legacyIds, legacyIds) }),
    LeadSplit: ({ legacyIds }, row) => ({ legacyIds: without(row.legacyIds, legacyIds) }),
    // Its row was removed when it ended.
    LeadSplitFrom: ({ fields, emailOptOut, triedMemberKeys }, _row, { metadata }) =>
      fields === undefined ? {} : { ...fields, emailOptOut, triedMemberKeys, capturedAt: metadata.occurredAt },
    LeadMergedInto: () => removed,
  },
});
