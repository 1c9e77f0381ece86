import { createHash, randomBytes } from 'node:crypto';
import { type QueryExecutorProvider, sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';

/** A session ends after `idleSeconds` without use, and at the latest `longestSeconds` after the log-in. */
export const sessionLife = { idleSeconds: 12 * 3_600, longestSeconds: 7 * 86_400 };

const hashOf = (token: string) => createHash('sha256').update(token).digest();

/** Starts a session and deletes expired ones. @returns the token for the browser; we store only its hash */
export const beginSession = async (db: QueryExecutorProvider, consoleUserId: string): Promise<string> => {
  const token = randomBytes(32).toString('base64url');
  await sql`
    with ended as (
      delete from ops.console_session
      where created_at < now() - make_interval(secs => ${sessionLife.longestSeconds})
        or last_used_at < now() - make_interval(secs => ${sessionLife.idleSeconds})
    )
    insert into ops.console_session (token_hash, console_user_id) values (${hashOf(token)}, ${consoleUserId})`.execute(
    db,
  );
  return token;
};

/**
 * The user of a session; `null` when there is no such session, or it has ended.
 *
 * @param options.used whether a person made the request: a page's automatic requests do not keep a session alive
 */
export const userOfSession = async (
  db: QueryExecutorProvider,
  token: string,
  { used }: { readonly used: boolean },
): Promise<string | null> => {
  const { rows } = await sql<{ userName: string; stale: boolean }>`
    select user_name, last_used_at < now() - interval '1 minute' as stale
    from ops.console_session s join ops.console_user u using (console_user_id)
    where token_hash = ${hashOf(token)}
      and s.created_at > now() - make_interval(secs => ${sessionLife.longestSeconds})
      and last_used_at > now() - make_interval(secs => ${sessionLife.idleSeconds})`.execute(camelCased(db));
  const [session] = rows;
  if (session === undefined) return null;
  if (used && session.stale)
    await sql`update ops.console_session set last_used_at = now() where token_hash = ${hashOf(token)}`.execute(db);
  return session.userName;
};

/** Logs out. */
export const endSession = async (db: QueryExecutorProvider, token: string): Promise<void> => {
  await sql`delete from ops.console_session where token_hash = ${hashOf(token)}`.execute(db);
};
