import type { LeadEvent } from '../../domain/lead/index.ts';
import { type Projection, type Row, type Rows, recordKey } from '../projection.ts';

/** An offer to one agent that has not ended yet, as a row of `read.lead_offers`. */
type Open = Readonly<Record<string, unknown>> & { readonly offerKey: string; readonly memberKey: string };

/**
 * - `open`: not answered yet
 * - `accepted`, `passed`, `expired`
 * - `withdrawn`: it could not reach the agent
 * - `taken`: another agent was faster
 * - `ended`: a person, or the old CRM, gave the lead to someone
 */
type Outcome = 'open' | 'accepted' | 'passed' | 'expired' | 'withdrawn' | 'taken' | 'ended';

const openOf = (rows: Rows): readonly Open[] => (rows.get('lead_offers_open')?.offers as Open[] | undefined) ?? [];

/** Ends some of the open offers of a lead. */
const end = (rows: Rows, contactKey: string, at: string, outcomeOf: (open: Open) => Outcome, more: Row = {}) => {
  const left: Open[] = [];
  for (const open of openOf(rows)) {
    const outcome = outcomeOf(open);
    if (outcome === 'open') left.push(open);
    else rows.put('lead_offers', { ...open, outcome, answeredAt: at, ...(outcome === 'passed' ? more : {}) });
  }
  rows.put('lead_offers_open', { contactKey, offers: left });
};

const answered =
  (outcome: Outcome, others: Outcome) =>
  (offerKey: string, memberKeys: readonly string[]) =>
  (open: Open): Outcome =>
    open.offerKey === offerKey && memberKeys.includes(open.memberKey) ? outcome : others;

/** `read.lead_offers`: every offer to every agent, with its outcome. */
const leadOffers = {
  name: 'lead_offers',
  version: 1,
  categories: ['lead'],
  eventTypes: [
    'LeadOffered',
    'LeadAccepted',
    'LeadPassed',
    'LeadOfferExpired',
    'LeadOfferWithdrawn',
    'LeadEscalated',
    'LeadReassigned',
    'LeadAssigned',
    'LeadMergedInto',
  ],
  tables: {
    lead_offers: {
      columns: {
        offerKey: 'text',
        memberKey: 'text',
        contactKey: 'text',
        mode: 'text',
        rule: 'text',
        step: 'integer',
        policyVersion: 'integer',
        score: 'double precision',
        offeredAt: 'timestamptz',
        expiresAt: 'timestamptz',
        outcome: 'text',
        answeredAt: 'timestamptz',
        passReason: 'text',
        importedYN: 'boolean',
        position: 'bigint',
      },
      key: ['contactKey', 'offerKey', 'memberKey'],
      record: 'contactKey',
      indexes: [{ columns: ['memberKey', 'offeredAt'] }, { columns: ['offeredAt'] }],
    },
    lead_offers_open: {
      columns: { contactKey: 'text', offers: 'jsonb' },
      key: ['contactKey'],
      record: 'contactKey',
      internal: true,
    },
  },
  handle(stored, rows) {
    const event = stored.event as LeadEvent;
    const contactKey = recordKey(stored.streamName);
    const at = stored.metadata.occurredAt;
    switch (event.type) {
      case 'LeadOffered': {
        const { offerKey, memberKeys, mode, rule, step, policyVersion, score, expiresAt, candidates } = event.data;
        const offers = memberKeys.map((memberKey): Open => {
          const points = candidates?.find((one) => one.memberKey === memberKey)?.score ?? score;
          return {
            offerKey,
            memberKey,
            contactKey,
            mode: mode ?? 'bestMatch',
            rule: rule ?? null,
            step: step ?? null,
            policyVersion: policyVersion ?? null,
            score: points ?? null,
            offeredAt: at,
            expiresAt: expiresAt ?? null,
            outcome: 'open',
            answeredAt: null,
            passReason: null,
            importedYN: stored.metadata.actor.kind === 'import',
            position: Number(stored.position.commit),
          };
        });
        for (const open of offers) rows.put('lead_offers', open);
        rows.put('lead_offers_open', { contactKey, offers: [...openOf(rows), ...offers] });
        return;
      }
      case 'LeadAccepted': {
        const { offerKey, memberKey } = event.data;
        return end(rows, contactKey, at, answered('accepted', 'taken')(offerKey, [memberKey]));
      }
      case 'LeadPassed': {
        const { offerKey, memberKey, passReason = null } = event.data;
        return end(rows, contactKey, at, answered('passed', 'open')(offerKey, [memberKey]), { passReason });
      }
      case 'LeadOfferExpired': {
        const { offerKey, memberKeys } = event.data;
        return end(rows, contactKey, at, answered('expired', 'open')(offerKey, memberKeys));
      }
      case 'LeadOfferWithdrawn': {
        const { offerKey, memberKey } = event.data;
        return end(rows, contactKey, at, answered('withdrawn', 'open')(offerKey, [memberKey]));
      }
      case 'LeadEscalated':
        if (event.data.escalationReason === 'no-first-response') return;
        return end(rows, contactKey, at, () => 'ended');
      case 'LeadReassigned':
      case 'LeadAssigned':
      case 'LeadMergedInto':
        return end(rows, contactKey, at, () => 'ended');
      default:
    }
  },
} as const satisfies Projection;

export default leadOffers;
