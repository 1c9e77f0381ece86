import { createHmac, timingSafeEqual } from 'node:crypto';
import { type QueryExecutorProvider, sql } from 'kysely';

/**
 * The secret behind the links in e-mails, made once for each purpose and kept in `ops.signing_key`: a link that was sent
 * must work for years, whatever is restarted or configured anew.
 */
export const signingKey = async (db: QueryExecutorProvider, purpose: string): Promise<Buffer> => {
  await sql`
    insert into ops.signing_key (purpose, key)
    values (${purpose}, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    on conflict do nothing`.execute(db);
  const { rows } = await sql<{ key: Buffer }>`select key from ops.signing_key where purpose = ${purpose}`.execute(db);
  return rows[0]!.key;
};

/** `<value>.<signature>`, safe in a URL; says nothing that was not in `value`. */
export const signed = (key: Buffer, value: string): string =>
  `${Buffer.from(value).toString('base64url')}.${createHmac('sha256', key).update(value).digest('base64url')}`;

/** The value of a signed text, or `null` when somebody made it up or changed it. */
export const verified = (key: Buffer, text: string): string | null => {
  const [value = '', signature = ''] = text.split('.');
  const plain = Buffer.from(value, 'base64url').toString();
  const expected = createHmac('sha256', key).update(plain).digest();
  const given = Buffer.from(signature, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected) ? plain : null;
};
