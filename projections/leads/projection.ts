import { leadFields } from '../../domain/lead/fields.ts';
import type { LeadEvent } from '../../domain/lead/index.ts';
import { columnsOf } from '../columns.ts';
import type { Row } from '../projection.ts';
import { nothing, type Patch, recordProjection, removed, union, without } from '../record-projection.ts';

const noOffer = { offerKey: null, offeredMemberKey: null, offerExpiresAt: null } as const;

/** An agent let the offer pass or run out, or it could not reach them: it is no longer open (if it was theirs), and was tried. */
const letGo = ({ memberKey }: { memberKey: string }, row: Readonly<Row>): Patch => ({
  ...(row.offeredMemberKey === memberKey ? noOffer : {}),
  triedMemberKeys: union(row.triedMemberKeys, [memberKey]),
});

/** `read.leads`: every lead as it is now, with the offer that is open. */
export default recordProjection<LeadEvent>()({
  name: 'leads',
  version: 2,
  category: 'lead',
  key: 'contactKey',
  created: ['LeadCaptured', 'LeadSplitFrom'],
  columns: {
    ...columnsOf(leadFields),
    emailOptOut: 'boolean',
    offerKey: 'text',
    offeredMemberKey: 'text',
    offerExpiresAt: 'timestamptz',
    triedMemberKeys: 'text[]',
    acceptedAt: 'timestamptz',
    capturedAt: 'timestamptz',
  },
  indexes: [
    { columns: ['email'] },
    { columns: ['otherEmails'], using: 'gin' },
    { columns: ['legacyIds'], using: 'gin' },
    { columns: ['ownerMemberKey'] },
    { columns: ['offeredMemberKey'] },
  ],
  handlers: {
    LeadCaptured: (data, _row, { metadata }) => ({
      ...data,
      emailOptOut: false,
      triedMemberKeys: [],
      capturedAt: metadata.occurredAt,
    }),
    LeadInquired: nothing,
    LeadStageChanged: ({ leadStage }) => ({ leadStage }),
    LeadOptedOut: () => ({ emailOptOut: true }),
    LeadOptedIn: () => ({ emailOptOut: false }),
    LeadOffered: ({ offerKey, memberKey, expiresAt }) => ({
      offerKey,
      offeredMemberKey: memberKey,
      offerExpiresAt: expiresAt ?? null,
    }),
    LeadAccepted: ({ memberKey }, _row, { metadata }) => ({
      ...noOffer,
      ownerMemberKey: memberKey,
      triedMemberKeys: [],
      acceptedAt: metadata.occurredAt,
    }),
    LeadPassed: letGo,
    LeadOfferExpired: letGo,
    LeadOfferWithdrawn: letGo,
    LeadAssigned: ({ ownerMemberKey }) => ({ ...noOffer, ownerMemberKey, triedMemberKeys: [] }),
    LeadActivityLogged: nothing,
    LeadDetailsCorrected: ({ changes }) => changes,
    LeadMerged: ({ legacyIds }, row) => ({ legacyIds: union(row.legacyIds, legacyIds) }),
    LeadSplit: ({ legacyIds }, row) => ({ legacyIds: without(row.legacyIds, legacyIds) }),
    // Its row went when it ended.
    LeadSplitFrom: ({ fields, emailOptOut, triedMemberKeys }, _row, { metadata }) =>
      fields === undefined ? {} : { ...fields, emailOptOut, triedMemberKeys, capturedAt: metadata.occurredAt },
    LeadMergedInto: () => removed,
  },
});
