import { buildEmail } from '../../delivery/email/build-email.ts';
import { escapeHtml } from '../../delivery/email/escape-html.ts';
import type { NewMessage, OutboxState } from '../../delivery/outbox.ts';
import { deterministicId } from '../../eventstore/event-id.ts';
import { counted, oneLine, shortened } from '../../platform/words.ts';
import { fullName } from '../lead-offers/messages/offer-message.ts';

/** An e-mail to a buyer of an agent, and what became of it. */
export type SummarisedEmail = {
  readonly outboxId: string;
  readonly contactKey: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly state: OutboxState;
  readonly lastError: string | null;
  readonly subject: string | null;
  /** How many homes it is about. */
  readonly homes: number;
};

/** How many e-mails are listed; the others are counted. */
const mostLines = 300;

/** The daily e-mail to an agent. */
export const summaryMessage = (
  { memberKey, email }: { readonly memberKey: string; readonly email: string },
  emails: readonly SummarisedEmail[],
): NewMessage => {
  const buyers = new Set(emails.map(({ contactKey }) => contactKey)).size;
  const title = `${counted(emails.length, 'e-mail')} to ${counted(buyers, 'buyer')} of yours`;
  const lines = emails.slice(0, mostLines).map(lineOf);
  const left = emails.length - lines.length;
  const rest = left > 0 ? [`… and ${left} more`] : [];
  const note = '“Sent” means that the mail provider accepted it; whether it was opened is not recorded.';
  const items = [...lines, ...rest].map((line) => `<li>${escapeHtml(line)}</li>`).join('');
  return {
    channel: 'email',
    kind: 'agent-summary',
    dedupeKey: `agent-summary/${memberKey}/${deterministicId(emails.map(({ outboxId }) => outboxId).join(' '))}`,
    memberKey,
    recipient: email,
    message: buildEmail({
      to: email,
      subject: `What your buyers were sent: ${title}`,
      text: [`${title}:`, '', ...[...lines, ...rest].map((line) => `- ${line}`), '', note].join('\n'),
      html: `<!doctype html><html lang="en"><body><p>${title}:</p><ul>${items}</ul><p>${note}</p></body></html>`,
      tag: 'agent-summary',
    }),
    context: { emails: emails.length, buyers },
  };
};

/** `Ana Lopez: 3 homes (“3 homes for you: 2 new, 1 price drop”), sent` */
const lineOf = ({ firstName, lastName, homes, subject, state, lastError }: SummarisedEmail): string => {
  const name = shortened(fullName({ firstName, lastName }) || 'A buyer without a name', 100);
  const about = subject === null ? '' : ` (“${shortened(oneLine(subject), 150)}”)`;
  return `${name}: ${counted(homes, 'home')}${about}, ${fateOf(state, lastError)}`;
};

const fateOf = (state: OutboxState, lastError: string | null): string => {
  const because = lastError === null ? '' : `: ${shortened(oneLine(lastError), 200)}`;
  switch (state) {
    case 'sent':
      return 'sent';
    case 'previewed':
      return 'kept as a preview, because no mail provider is configured';
    case 'withheld':
      return `not sent${because}`;
    case 'failed':
      return `could not be sent${because}`;
    case 'unconfirmed':
      return 'may not have been sent';
    case 'pending':
    case 'sending':
      return 'not sent yet';
    default:
      return state satisfies never;
  }
};
