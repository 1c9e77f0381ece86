import { domainToASCII } from 'node:url';
import { oneLine } from '../../platform/wording/words.ts';

/**
 * An address as Postmark expects it: one recipient, its domain in ASCII (`ana@xn--bcher-kva.example`). `null` if it is
 * not a single plain address (a list, a name with an address, a line break), because that could reach someone else.
 *
 * Non-ASCII letters before the `@` are kept: Postmark rejects them with error 300, since it does not support SMTPUTF8
 * (postmarkapp.com/support/article/1180-what-does-errorcode-300-mean), and that is a clear answer.
 */
export const singleAddress = (address: string): string | null => {
  const [, mailbox, domain] =
    /^([^\s\p{C}@<>()[\]\\,;:"]{1,64})@([^\s\p{C}@<>()[\]\\,;:"]{1,253})$/u.exec(address) ?? [];
  const ascii = domain === undefined ? '' : domainToASCII(domain);
  return ascii === '' ? null : `${mailbox}@${ascii}`;
};

/**
 * `Sunshine Homes, Inc. <alerts@example.com>`, with the name quoted if RFC 5322 requires it; a plain address stays
 * unchanged.
 */
export const sender = (from: string): string => {
  const [, name, address] = /^(.*)<([^<>]+)>$/.exec(oneLine(from)) ?? [];
  const plain = name?.trim().replace(/^"(.*)"$/, '$1') ?? '';
  if (address === undefined || plain === '') return address ?? oneLine(from);
  const quoted = /^[\p{L}\p{M}\p{N} !#$%&'*+/=?^_`{|}~-]+$/u.test(plain)
    ? plain
    : `"${plain.replace(/\\?(["\\])/g, '\\$1')}"`;
  return `${quoted} <${address}>`;
};
