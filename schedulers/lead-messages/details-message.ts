import { buildEmail } from '../../delivery/email/build-email.ts';
import { escapeHtml } from '../../delivery/email/escape-html.ts';
import type { NewMessage } from '../../delivery/outbox.ts';
import { buildSlackMessage, fields, header, section } from '../../delivery/slack/build-message.ts';
import { type Mrkdwn, mrkdwn } from '../../delivery/slack/mrkdwn.ts';
import type { LeadState } from '../../domain/lead/index.ts';
import { oneLine, shortened } from '../../platform/wording/words.ts';
import { factsOf, fullName, shortName } from '../lead-offers/messages/offer-message.ts';

/** An agent who accepted a lead. */
export type Accepted = {
  readonly contactKey: string;
  readonly memberKey: string;
  /** ISO 8601: how to reach the lead is sent once for each time. */
  readonly at: string;
};

/** Where a person is written to: in Slack if they are known there, else by e-mail. */
export type Reach = { readonly slackUserId: string } | { readonly email: string };

const detailsKey = ({ contactKey, memberKey, at }: Accepted): string => `lead-details/${contactKey}/${memberKey}/${at}`;

/**
 * The message to the agent who accepted a lead, with how to reach it. It goes to them alone: to their own conversation in Slack, or
 * by e-mail.
 */
export const detailsMessage = (
  accepted: Accepted,
  state: LeadState,
  reach: Reach,
  asked: { readonly title: string } | null,
): NewMessage => {
  const lead = state.fields;
  const shown = fullName(lead) || 'A lead without a name';
  const title = `${shown} is your lead now`;
  const contact: readonly (readonly [string, string | null | undefined])[] = [
    ['Phone', phone(lead.mobilePhone, lead.mobilePhoneExt)],
    ['E-mail', lead.email],
    ['Asked about', asked?.title],
  ];
  const known = contact.filter((one): one is readonly [string, string] => Boolean(one[1]));
  const doNotCall = lead.doNotCallYN === true ? 'Do not call: this person asked not to be called.' : null;
  const common = {
    kind: 'lead-details',
    dedupeKey: detailsKey(accepted),
    contactKey: accepted.contactKey,
    memberKey: accepted.memberKey,
    context: { acceptedAt: accepted.at },
  } as const;
  if ('email' in reach) {
    const lines = [
      title,
      '',
      ...known.map(([label, value]) => `${label}: ${oneLine(value)}`),
      ...(doNotCall === null ? [] : ['', doNotCall]),
    ];
    return {
      ...common,
      channel: 'email',
      recipient: reach.email,
      message: buildEmail({
        to: reach.email,
        subject: `${shortName(lead)} is your lead now`,
        text: lines.join('\n'),
        html: `<!doctype html><html lang="en"><body>${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('')}</body></html>`,
        tag: 'lead-details',
      }),
    };
  }
  const facts: Mrkdwn[] = [
    ...known.map(([label, value]) => mrkdwn`*${label}*\n${shortened(oneLine(value), 300)}`),
    ...factsOf(lead),
  ];
  return {
    ...common,
    channel: 'slack',
    recipient: reach.slackUserId,
    message: buildSlackMessage({
      channel: reach.slackUserId,
      text: title,
      blocks: [header(title), ...(doNotCall === null ? [] : [section(mrkdwn`*${doNotCall}*`)]), ...fields(facts)],
      metadata: {
        event_type: 'lead_details',
        event_payload: { contact_key: accepted.contactKey, member_key: accepted.memberKey },
      },
    }),
  };
};

/** `+1 561 555 0134, ext. 12` */
const phone = (number: string | null | undefined, extension: string | null | undefined): string | null => {
  if (!number) return null;
  const [, area, exchange, line] = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number) ?? [];
  const shown = line === undefined ? number : `(${area}) ${exchange}-${line}`;
  return extension ? `${shown}, ext. ${extension}` : shown;
};
