import { domainToASCII } from 'node:url';
import { oneLine } from '../../platform/words.ts';

/**
 * An address as Postmark is given it: one recipient, its domain in ASCII (`ana@xn--bcher-kva.example`). `null` for what is
 * not one plain address (a list, a name with an address, a line break): it could reach somebody else.
 *
 * Letters other than ASCII before the `@` are left in: Postmark refuses them with error 300, since it does not use SMTPUTF8
 * (postmarkapp.com/support/article/1180-what-does-errorcode-300-mean), and that is an answer of its own.
 */
export const singleAddress = (address: string): string | null => {
  const [, mailbox, domain] =
    /^([^\s\p{C}@<>()[\]\\,;:"]{1,64})@([^\s\p{C}@<>()[\]\\,;:"]{1,253})$/u.exec(address) ?? [];
  const ascii = domain === undefined ? '' : domainToASCII(domain);
  return ascii === '' ? null : `${mailbox}@${ascii}`;
};

/**
 * `Sunshine Homes, Inc. <alerts@example.com>` with the name quoted where RFC 5322 asks for it; an address alone stays as it is.
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
