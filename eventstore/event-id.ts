import { parse, v5 } from 'uuid';

/** The namespace of every id that openhouse derives (a random UUID, never changed). */
const namespace = parse('7d1f3a52-9a3b-4c0e-8f57-0d6a1f0c9b11');

/** The same id for the same name, everywhere and forever (UUIDv5): makes a repeated append idempotent. */
export const deterministicId = (name: string): string => v5(Buffer.from(name, 'utf8'), namespace);
