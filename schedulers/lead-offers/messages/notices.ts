import { sql } from 'kysely';
import { type NewMessage, ourChannel, queueMessages } from '../../../delivery/outbox.ts';
import { buildSlackMessage, fields, header, section } from '../../../delivery/slack/build-message.ts';
import { type Mrkdwn, mrkdwn } from '../../../delivery/slack/mrkdwn.ts';
import { oneLine } from '../../../platform/wording/words.ts';
import { camelCased } from '../../../tables/database.ts';
import type { JobRun } from '../../define-job.ts';
import type { StoreDeps } from '../../deps.ts';
import { reachedBy } from '../../read-models.ts';
import type { OfferableAgent } from '../reading/read-agents.ts';
import { fullName } from './offer-message.ts';

/** Something that happened to a lead, and that a person has to know. */
export type Notice = {
  readonly kind: 'lead-assigned' | 'lead-escalated' | 'lead-reminder' | 'lead-inquiry';
  readonly contactKey: string;
  readonly memberKey: string;
  readonly at: Date;
  readonly escalationReason: string | null;
  readonly ownerMemberKey: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly mobilePhone: string | null;
  readonly email: string | null;
};

/**
 * Notifies agents of what happened to their leads without an offer: assigned by hand, escalated to them, waiting for a
 * first response, or a new inquiry. Only looks at leads that have changed since the last run. The messages and the
 * position up to which they are queued are written together, and each notice has its own key, so none is sent twice and
 * none is forgotten.
 *
 * @returns how many were queued
 */
export const queueNotices = async (
  { db }: StoreDeps & JobRun,
  agents: ReadonlyMap<string, OfferableAgent>,
  history: bigint,
): Promise<number> => {
  const { position: reached } = await reachedBy(db, ['leads']);
  const { rows: cursor } = await sql<{ position: string }>`select position from ops.lead_notice_cursor`.execute(db);
  const from = cursor[0] === undefined ? history : BigInt(cursor[0].position);
  if (reached <= from) return 0;
  const { rows } = await sql<Notice>`
    with changed as (select * from read.leads where position > ${from} and position <= ${reached}),
      notice as (
        select 'lead-assigned' as kind, owner_member_key as to_member_key, assigned_at as at, changed.* from changed
        where assigned_how = 'byHand'
        union all
        select 'lead-escalated', escalated_to_member_key, escalated_at, changed.* from changed
        where escalated_at is not null
        union all
        select 'lead-reminder', owner_member_key, response_reminded_at, changed.* from changed
        where response_reminded_at is not null and first_response_at is null
        union all
        select 'lead-inquiry', owner_member_key, inquired_at, changed.* from changed
        where owner_member_key is not null and inquired_at > coalesce(assigned_at, captured_at)
      )
    select kind, contact_key, to_member_key as member_key, at, escalation_reason,
      owner_member_key, first_name, last_name,
      mobile_phone, email
    from notice
    where to_member_key is not null and not exists (
      select from ops.outbox where dedupe_key = notice.kind || '/' || contact_key || '/' || extract(epoch from notice.at)::bigint)
    order by at, contact_key`.execute(camelCased(db));
  const messages = rows.map((notice) => noticeMessage(notice, agents));
  return await db.transaction().execute(async (trx) => {
    const queued = await queueMessages(trx, messages);
    await sql`
      insert into ops.lead_notice_cursor (position) values (${reached})
      on conflict (only_row) do update set position = excluded.position`.execute(trx);
    return queued.length;
  });
};

/** The message about one of them. */
export const noticeMessage = (
  notice: Notice,
  agents: ReadonlyMap<string, Pick<OfferableAgent, 'memberFullName' | 'slackUserId'>>,
): NewMessage => {
  const { kind, contactKey, memberKey, at } = notice;
  const agent = agents.get(memberKey);
  const channel = agent?.slackUserId ?? null;
  const name = fullName(notice) || 'no name given';
  const { title, text } = words(notice, agents);
  const to = channel === null ? `For ${oneLine(agent?.memberFullName ?? memberKey)}: ` : '';
  return {
    channel: 'slack',
    kind,
    dedupeKey: `${kind}/${contactKey}/${Math.round(at.getTime() / 1_000)}`,
    contactKey,
    memberKey,
    recipient: channel ?? ourChannel,
    message: buildSlackMessage({
      channel,
      text: `${to}${title}`,
      blocks: [
        header(title),
        section(text),
        // Contact details are for the agent's eyes, not for a channel.
        ...(channel === null ? [] : fields(contactFacts(name, notice))),
      ],
      metadata: {
        event_type: kind.replace('-', '_'),
        event_payload: { contact_key: contactKey, member_key: memberKey },
      },
    }),
  };
};

const contactFacts = (name: string, { mobilePhone, email }: Notice): Mrkdwn[] =>
  [
    ['Name', name],
    ['Phone', mobilePhone],
    ['E-mail', email],
  ].flatMap(([label, value]) => (value ? [mrkdwn`*${label!}*\n${oneLine(value)}`] : []));

const words = (
  { kind, escalationReason, ownerMemberKey }: Notice,
  agents: ReadonlyMap<string, Pick<OfferableAgent, 'memberFullName' | 'slackUserId'>>,
): { title: string; text: Mrkdwn } => {
  const owner = oneLine(agents.get(ownerMemberKey ?? '')?.memberFullName ?? ownerMemberKey ?? '');
  switch (kind) {
    case 'lead-assigned':
      return { title: 'A lead was assigned to you', text: mrkdwn`It is yours now. Please get in touch.` };
    case 'lead-reminder':
      return {
        title: 'A lead is waiting for you',
        text: mrkdwn`As far as we know, you have not been in touch yet.`,
      };
    case 'lead-inquiry':
      return { title: 'One of your leads has inquired again', text: mrkdwn`The lead’s history has the details.` };
    case 'lead-escalated':
      return escalationReason === 'no-first-response'
        ? { title: 'A lead waits for a response', text: mrkdwn`${owner} has the lead and has not been in touch.` }
        : escalationReason === 'chain-ended'
          ? {
              title: 'No agent accepted a lead: it is yours',
              text: mrkdwn`Every eligible agent passed or did not answer.`,
            }
          : escalationReason === 'offer-rejected'
            ? {
                title: 'A lead’s offer cannot be sent: it is yours',
                text: mrkdwn`Slack rejected the offer for what it says. The lead’s history has the reason.`,
              }
            : { title: 'No agent fits a lead: it is yours', text: mrkdwn`The lead’s history says why.` };
    default:
      return kind satisfies never;
  }
};
