import type { LeadEvent } from '../../domain/lead/index.ts';
import type { StoredEvent } from '../../eventstore/stored-event.ts';
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
    (open.offerKey === offerKey || open.importedYN === true) && memberKeys.includes(open.memberKey) ? outcome : others;

type Type = LeadEvent['type'];
type Data<Of extends Type> = Extract<LeadEvent, { type: Of }>['data'];
/** Puts the rows of one lead. */
type Handler<Of extends Type> = (data: Data<Of>, lead: Lead) => void;
type Lead = { readonly contactKey: string; readonly rows: Rows; readonly at: string; readonly stored: StoredEvent };

const endAll = (_: unknown, { contactKey, rows, at }: Lead) => end(rows, contactKey, at, () => 'ended');

/**
 * In the old CRM an offer and its answer are two documents with different IDs, and for many offers only the answer is
 * left. So an answer from there applies to whatever the agent had on offer; if that is nothing, it stands for the offer
 * as well.
 */
const answerAlone = (
  { contactKey, rows, at, stored: { metadata, position } }: Lead,
  made: { readonly offerKey: string; readonly outcome: Outcome; readonly passReason?: string | null },
  memberKeys: readonly string[],
): void => {
  if (metadata.actor.kind !== 'import') return;
  const alone = memberKeys.filter((memberKey) => !openOf(rows).some((open) => open.memberKey === memberKey));
  for (const memberKey of alone) {
    const unknown = { rule: null, step: null, policyVersion: null, score: null, expiresAt: null, answeredAt: null };
    const found = { mode: 'bestMatch', offeredAt: at, importedYN: true, position: Number(position.commit) };
    rows.put('lead_offers', { contactKey, memberKey, passReason: null, ...unknown, ...found, ...made });
  }
};

/** What each type of event does to a lead's offers; `null` for types that do nothing to them, which are not read. */
const handlers: { readonly [Of in Type]: Handler<Of> | null } = {
  LeadOffered: (data, { contactKey, rows, at, stored }) => {
    const { offerKey, memberKeys, mode, rule, step, policyVersion, score, expiresAt, candidates } = data;
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
  },
  LeadAccepted: ({ offerKey, memberKey }, lead) => {
    const { contactKey, rows, at } = lead;
    answerAlone(lead, { offerKey, outcome: 'accepted' }, [memberKey]);
    end(rows, contactKey, at, answered('accepted', 'taken')(offerKey, [memberKey]));
  },
  LeadPassed: ({ offerKey, memberKey, passReason = null }, lead) => {
    const { contactKey, rows, at } = lead;
    answerAlone(lead, { offerKey, outcome: 'passed', passReason }, [memberKey]);
    end(rows, contactKey, at, answered('passed', 'open')(offerKey, [memberKey]), { passReason });
  },
  LeadOfferExpired: ({ offerKey, memberKeys }, lead) => {
    const { contactKey, rows, at } = lead;
    answerAlone(lead, { offerKey, outcome: 'expired' }, memberKeys);
    end(rows, contactKey, at, answered('expired', 'open')(offerKey, memberKeys));
  },
  LeadOfferWithdrawn: ({ offerKey, memberKey }, { contactKey, rows, at }) =>
    end(rows, contactKey, at, answered('withdrawn', 'open')(offerKey, [memberKey])),
  LeadEscalated: ({ escalationReason }, lead) => {
    if (escalationReason !== 'no-first-response') endAll(null, lead);
  },
  LeadReassigned: endAll,
  LeadAssigned: endAll,
  LeadMergedInto: endAll,
  LeadCaptured: null,
  LeadInquired: null,
  LeadStageChanged: null,
  LeadOptedOut: null,
  LeadOptedIn: null,
  LeadResponseReminded: null,
  LeadReleased: null,
  LeadReopened: null,
  LeadActivityLogged: null,
  LeadDetailsCorrected: null,
  LeadMerged: null,
  LeadSplit: null,
  LeadSplitFrom: null,
};

const eventTypes = (Object.keys(handlers) as Type[]).filter((type) => handlers[type] !== null);

/** `read.lead_offers`: every offer to every agent, with its outcome. */
const leadOffers = {
  name: 'lead_offers',
  version: 1,
  categories: ['lead'],
  eventTypes,
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
    const lead = { contactKey: recordKey(stored.streamName), rows, at: stored.metadata.occurredAt, stored };
    (handlers[event.type] as Handler<Type>)(event.data, lead);
  },
} as const satisfies Projection;

export default leadOffers;
