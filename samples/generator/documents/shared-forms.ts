import { Long } from 'bson';
import type { Form } from '../dirt.ts';
import type { Random } from '../random.ts';

/** Dates, from milliseconds. */
export const dateForms: readonly Form<number>[] = [
  { name: 'Date', weight: 4, write: (time) => new Date(time) },
  { name: 'ISO string', weight: 3, write: (time) => new Date(time).toISOString() },
  { name: 'epoch seconds', weight: 2, write: (time) => Math.floor(time / 1000) },
  { name: 'epoch milliseconds', weight: 1.5, write: (time) => time },
  { name: 'epoch milliseconds as a 64-bit integer', weight: 0.5, write: (time) => Long.fromNumber(time) },
];

/** Dates of `createdAt` and `updatedAt`, which may be missing. */
export const stampForms: readonly Form<number>[] = [
  ...dateForms,
  { name: 'missing', weight: 1, write: () => undefined },
];

/** "Yes" as written by many hands. */
export const yesForms: readonly Form<true>[] = [
  { name: 'true', weight: 4, write: () => true },
  { name: 'Y', weight: 3, write: () => 'Y' },
  { name: '1', weight: 3, write: () => 1 },
];

export const noForms: readonly Form<false>[] = [
  { name: 'false', weight: 4, write: () => false },
  { name: 'N', weight: 2, write: () => 'N' },
  { name: '0', weight: 2, write: () => 0 },
  { name: '"false"', weight: 2, write: () => 'false' },
];

/** Lists of words. */
export const listForms: readonly Form<readonly string[]>[] = [
  { name: 'list', weight: 1, write: (items) => [...items] },
  { name: 'comma string', weight: 1, when: (items) => items.length > 0, write: (items) => items.join(', ') },
];

/** Whole numbers, such as rooms wanted. */
export const numberForms: readonly Form<number>[] = [
  { name: 'number', weight: 1, write: (value) => value },
  { name: 'string', weight: 1, write: (value) => String(value) },
];

const shout = (email: string, r: Random) =>
  ` ${email.replace(/^[a-z]|(?<=[._])[a-z]/g, (c) => c.toUpperCase()).replace(/@(.*)$/, (_, host: string) => `@${r.pick([host, `Example.${host.split('.')[1]!.toUpperCase()}`])}`)} `;
const second = (email: string) => email.replace('@', '.home@');

/** E-mail addresses, from a clean one. */
export const emailForms: readonly Form<string>[] = [
  { name: 'clean', weight: 6, write: (email) => email },
  { name: 'spaces and capitals', weight: 4, write: shout },
  { name: 'list', weight: 2, write: (email) => [email, second(email)] },
  { name: 'semicolons', weight: 2, write: (email) => `${email}; ${second(email)}` },
  { name: 'none@none.com', weight: 1, write: () => 'none@none.com' },
  {
    name: 'invalid',
    weight: 1,
    write: (email, r) =>
      r.pick([
        email.replace('@', ' at '),
        email.split('@')[0],
        `${email.split('@')[0]}@`,
        'n/a',
        `${email.split('@')[0]}@example`,
      ]),
  },
  { name: 'missing', weight: 1, write: () => undefined },
];

/** Forms that do not contain a readable address. */
export const brokenEmails = new Set(['none@none.com', 'invalid', 'missing']);

const grouped = (digits: string) => [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6)] as const;

/** Phone numbers, from ten digits. */
export const phoneForms: readonly Form<string>[] = [
  { name: '+1 561 555 0134', weight: 4, write: (digits) => `+1 ${grouped(digits).join(' ')}` },
  {
    name: '(561) 555-0134',
    weight: 4,
    write: (digits) => `(${digits.slice(0, 3)}) ${digits.slice(3, 6)}-${digits.slice(6)}`,
  },
  { name: 'number', weight: 3, write: (digits) => Number(digits) },
  { name: 'extension', weight: 2, write: (digits, r) => `${grouped(digits).join('.')} x${r.int(2, 99)}` },
  { name: '5555555', weight: 1, write: () => '5555555' },
  { name: 'missing', weight: 1.5, write: () => undefined },
];
