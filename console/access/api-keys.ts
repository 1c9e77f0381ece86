import { createHash, randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';

/** A key that a web form or portal may send leads with. Only its hash is kept; the key itself is shown once. */
export type ApiKey = {
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
};

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();

/** @returns the key, or `null` when there is one of that name already */
export const addApiKey = async (db: Kysely<unknown>, name: string): Promise<string | null> => {
  const key = `oh_${randomBytes(24).toString('base64url')}`;
  const { rows } = await sql`
    insert into ops.api_key (name, key_hash) values (${name}, ${hashOf(key)})
    on conflict (name) do nothing returning name`.execute(db);
  return rows.length === 0 ? null : key;
};

export const listApiKeys = async (db: Kysely<unknown>): Promise<readonly ApiKey[]> =>
  (
    await sql<ApiKey>`
      select name, created_at, last_used_at, revoked_at
      from ops.api_key order by name`.execute(camelCased(db))
  ).rows;

/** @returns whether there was such a key in use */
export const revokeApiKey = async (db: Kysely<unknown>, name: string): Promise<boolean> => {
  const { rows } = await sql`
    update ops.api_key set revoked_at = clock_timestamp() where name = ${name} and revoked_at is null
    returning name`.execute(db);
  return rows.length > 0;
};

/** The name of a key that may be used; `null` for any other. */
export const nameOfApiKey = async (db: Kysely<unknown>, key: string): Promise<string | null> => {
  const { rows } = await sql<{ name: string }>`
    update ops.api_key set last_used_at = clock_timestamp() where key_hash = ${hashOf(key)} and revoked_at is null
    returning name`.execute(db);
  return rows[0]?.name ?? null;
};
