import type { Message } from 'postmark';
import { oneLine, shortened, wellFormed } from '../../platform/words.ts';

declare const built: unique symbol;

/**
 * An e-mail as Postmark takes it, less what the sender adds: from whom, through which stream, with which metadata. Only
 * `buildEmail` makes one.
 */
export type EmailMessage = Required<Pick<Message, 'To' | 'Subject' | 'HtmlBody' | 'TextBody'>> &
  Pick<Message, 'Tag' | 'Headers'> & { readonly [built]: true };

export type EmailParts = {
  /** One address. */
  readonly to: string;
  readonly subject: string;
  /** A whole HTML document, in which what people wrote is escaped. */
  readonly html: string;
  readonly text: string;
  readonly tag?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Postmark's limits: of a body 5 MB, of a tag 1,000 characters. A subject over 250 is not shown whole anywhere. */
const limits = { subject: 250, tag: 1_000, bodyBytes: 5_000_000 };

/**
 * An e-mail that Postmark takes, whatever people wrote: well-formed text within its limits, headers of one line each.
 *
 * @throws when a body is too long: the template has to say less (`listed`, `shortened`), for cut HTML is broken HTML
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

/** What a header's name is made of: RFC 5322, 2.2. */
const headerName = (name: string): string => name.replace(/[^!-9;-~]/g, '');
