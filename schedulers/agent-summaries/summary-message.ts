import { buildEmail } from '../../delivery/email/build-email.ts';
import { escapeHtml } from '../../delivery/email/escape-html.ts';
import type { NewMessage, OutboxState } from '../../delivery/outbox.ts';
import { type Fate, fateInWords } from '../../delivery/reports/fate.ts';
import { deterministicId } from '../../eventstore/event-id.ts';
import { counted, listed, oneLine, shortened } from '../../platform/wording/words.ts';
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
  /** An earlier summary had it: the news is what has been reported since. */
  readonly earlier: boolean;
  /** What Postmark has reported. */
  readonly fate: Fate | null;
  /** The homes in it that the buyer clicked. */
  readonly clickedHomes: readonly string[];
};

/** How many e-mails are listed; the others are counted. */
const mostLines = 300;

/** The daily e-mail to an agent. */
export const summaryMessage = (
  { memberKey, email }: { readonly memberKey: string; readonly email: string },
  emails: readonly SummarisedEmail[],
): NewMessage => {
  const fresh = emails.filter(({ earlier }) => !earlier);
  const earlier = emails.filter((one) => one.earlier);
  const buyers = (of: readonly SummarisedEmail[]) => new Set(of.map(({ contactKey }) => contactKey)).size;
  const title = `${counted(fresh.length, 'e-mail')} to ${counted(buyers(fresh), 'buyer')} of yours`;
  const since = `${counted(buyers(earlier), 'buyer')} of yours looked at earlier e-mails, or could not be reached`;
  const parts = [
    ...(fresh.length === 0 ? [] : [{ title, lines: linesOf(fresh) }]),
    ...(earlier.length === 0 ? [] : [{ title: since, lines: linesOf(earlier) }]),
  ];
  const htmlOf = (lines: readonly string[]) => lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('');
  const html = parts.map((part) => `<p>${part.title}:</p><ul>${htmlOf(part.lines)}</ul>`).join('');
  const text = parts.flatMap((part) => [`${part.title}:`, '', ...part.lines.map((line) => `- ${line}`), '']);
  // The same e-mails with the same news make the same message.
  const content = emails.map(({ outboxId, fate }) =>
    [outboxId, fate?.opens, fate?.clicks, fateInWords(fate)].join('/'),
  );
  return {
    channel: 'email',
    kind: 'agent-summary',
    dedupeKey: `agent-summary/${memberKey}/${deterministicId(content.join(' '))}`,
    memberKey,
    recipient: email,
    message: buildEmail({
      to: email,
      subject: fresh.length === 0 ? `What your buyers opened: ${since}` : `What your buyers were sent: ${title}`,
      text: [...text, note].join('\n'),
      html: `<!doctype html><html lang="en"><body>${html}<p>${note}</p></body></html>`,
      tag: 'agent-summary',
    }),
    context: { emails: emails.length, buyers: buyers(emails) },
  };
};

const note =
  '“Sent” means that the mail provider accepted it, “delivered” that the buyer’s did. Opens and clicks are listed only where ' +
  'they are recorded, and opens are an estimate: some mail programs load pictures in advance, others never.';

const linesOf = (emails: readonly SummarisedEmail[]): readonly string[] => {
  const left = emails.length - mostLines;
  return [...emails.slice(0, mostLines).map(lineOf), ...(left > 0 ? [`… and ${left} more`] : [])];
};

/** `Ana Lopez: 3 homes (“3 homes for you: 2 new, 1 price drop”), delivered, opened once, clicked once: 12 Main St` */
const lineOf = (email: SummarisedEmail): string => {
  const { firstName, lastName, homes, subject, state, lastError, fate, clickedHomes } = email;
  const name = shortened(fullName({ firstName, lastName }) || 'A buyer without a name', 100);
  const about = subject === null ? '' : ` (“${shortened(oneLine(subject), 150)}”)`;
  const clicked = clickedHomes.length === 0 ? '' : `: ${listed(clickedHomes.map(oneLine), { most: 300, named: 5 })}`;
  return `${name}: ${counted(homes, 'home')}${about}, ${fateInWords(fate) ?? fateOf(state, lastError)}${clicked}`;
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
