import { hash } from 'node:crypto';
import { parse } from 'uuid';

/** The namespace of every id that openhouse derives (a random UUID, never changed). */
const namespace = Buffer.from(parse('7d1f3a52-9a3b-4c0e-8f57-0d6a1f0c9b11'));

/**
 * The same id for the same name, everywhere and forever (UUIDv5): makes a repeated append idempotent. An import needs two
 * for each document, for which the `uuid` package takes four times as long; a test compares the two.
 */
export const deterministicId = (name: string): string => {
  const digest = hash('sha1', Buffer.concat([namespace, Buffer.from(name, 'utf8')]), 'hex');
  const variant = hexDigits[(Number.parseInt(digest[16]!, 16) & 3) | 8];
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
};

const hexDigits = '0123456789abcdef';
