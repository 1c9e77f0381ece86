import type { Message } from 'postmark';
import { oneLine, shortened, wellFormed } from '../../platform/wording/words.ts';

declare const built: unique symbol;

/**
 * An e-mail in Postmark's format, without what the sender adds: the From address, the stream and the metadata. Only
 * `buildEmail` makes one.
 */
export type EmailMessage = Required<Pick<Message, 'To' | 'Subject' | 'HtmlBody' | 'TextBody'>> &
  Pick<Message, 'Tag' | 'Headers'> & { readonly [built]: true };

export type EmailParts = {
  /** A single address. */
  readonly to: string;
  readonly subject: string;
  /** A complete HTML document, in which text from people is escaped. */
  readonly html: string;
  readonly text: string;
  readonly tag?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * Postmark's limits: 5 MB for a body, 1,000 characters for a tag. No mail program shows a subject longer than 250 in
 * full.
 */
const limits = { subject: 250, tag: 1_000, bodyBytes: 5_000_000 };

/**
 * An e-mail that Postmark accepts, whatever people wrote: well-formed text within its limits, one line per header.
 *
 * @throws if a body is too long. The template has to shorten it (`listed`, `shortened`), because cutting HTML breaks it
 */
export const buildEmail = ({ to, subject, html, text, tag, headers = {} }: EmailParts): EmailMessage => {
  for (const body of [html, text]) {
    const bytes = Buffer.byteLength(body);
    if (bytes > limits.bodyBytes) throw new RangeError(`the e-mail is too long: ${bytes} bytes`);
  }
  const given = Object.entries(headers).map(([name, value]) => ({ Name: headerName(name), Value: oneLine(value) }));
  return {
    To: oneLine(to),
    Subject: shortened(oneLine(subject), limits.subject) || '(no subject)',
    HtmlBody: wellFormed(html),
    TextBody: wellFormed(text),
    ...(tag === undefined ? {} : { Tag: shortened(oneLine(tag), limits.tag) }),
    ...(given.length === 0 ? {} : { Headers: given }),
  } as EmailMessage;
};

/** The characters allowed in a header's name: RFC 5322, 2.2. */
const headerName = (name: string): string => name.replace(/[^!-9;-~]/g, '');
