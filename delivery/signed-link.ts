import { createHmac, timingSafeEqual } from 'node:crypto';
import { type QueryExecutorProvider, sql } from 'kysely';

/**
 * The secret for links in e-mails, one for each purpose, created once and kept in `ops.signing_key`: links must work
 * for years, whatever is restarted or reconfigured.
 */
export const signingKey = async (db: QueryExecutorProvider, purpose: string): Promise<Buffer> => {
  await sql`
    insert into ops.signing_key (purpose, key)
    values (${purpose}, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    on conflict do nothing`.execute(db);
  const { rows } = await sql<{ key: Buffer }>`select key from ops.signing_key where purpose = ${purpose}`.execute(db);
  return rows[0]!.key;
};

/** `<value>.<signature>`, URL-safe; contains nothing that is not in `value`. */
export const signed = (key: Buffer, value: string): string =>
  `${Buffer.from(value).toString('base64url')}.${createHmac('sha256', key).update(value).digest('base64url')}`;

/** The value of a signed text, or `null` if it was forged or changed. */
export const verified = (key: Buffer, text: string): string | null => {
  const [value = '', signature = ''] = text.split('.');
  const plain = Buffer.from(value, 'base64url').toString();
  const expected = createHmac('sha256', key).update(plain).digest();
  const given = Buffer.from(signature, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected) ? plain : null;
};
