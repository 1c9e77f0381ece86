import { type QueryExecutorProvider, sql } from 'kysely';
import { errorCode, exitCodes, userError } from '../../platform/errors.ts';
import { camelCased } from '../../tables/database.ts';
import { hashPassword, passwordProblem } from './passwords.ts';
import { sessionLife } from './sessions.ts';

/** A person who may log in to the console. */
export type ConsoleUser = {
  /** Also the person's id in events. */
  readonly userName: string;
  readonly createdAt: Date;
  readonly passwordChangedAt: Date;
  /** When one of the open sessions was last used; null when there is none. */
  readonly lastUsedAt: Date | null;
  readonly sessions: number;
};

/** The form in which user names are stored and compared. */
export const canonicalUserName = (text: string): string => text.trim().normalize('NFKC').toLowerCase();

const wellFormed = /^[a-z0-9][a-z0-9._@+-]{0,99}$/;

/** @throws UserError when it is not a valid user name */
const readUserName = (text: string): string => {
  const userName = canonicalUserName(text);
  if (wellFormed.test(userName)) return userName;
  throw userError('a user name may have up to 100 of the letters a to z, digits and . _ @ + -', {
    code: 'user-name',
    hint: 'For example: dana, or dana@example.com.',
    exitCode: exitCodes.usage,
  });
};

/** @throws UserError when it is too weak */
const readPassword = (password: string, userName: string): string => {
  const problem = passwordProblem(password, userName);
  if (problem === null) return password;
  throw userError(`the password ${problem}`, {
    code: 'password-weak',
    hint: 'A few unrelated words make a good password.',
    exitCode: exitCodes.usage,
  });
};

const unknown = (userName: string) =>
  userError(`there is no user ${userName}`, {
    code: 'user-unknown',
    hint: '`openhouse users list` shows all of them.',
  });

/** Adds a user. @throws UserError when the user already exists, or the name or password is not valid */
export const addUser = async (
  db: QueryExecutorProvider,
  user: { readonly userName: string; readonly password: string },
): Promise<string> => {
  const userName = readUserName(user.userName);
  const passwordHash = await hashPassword(readPassword(user.password, userName));
  try {
    await sql`insert into ops.console_user (user_name, password_hash) values (${userName}, ${passwordHash})`.execute(
      db,
    );
  } catch (error) {
    if (errorCode(error) !== '23505') throw error;
    const hint = `\`openhouse users password ${userName}\` sets a new password.`;
    throw userError(`the user ${userName} already exists`, { code: 'user-exists', hint, cause: error });
  }
  return userName;
};

/** Sets a password and ends every session of that user. @throws UserError when there is no such user */
export const setPassword = async (
  db: QueryExecutorProvider,
  user: { readonly userName: string; readonly password: string },
): Promise<string> => {
  const userName = readUserName(user.userName);
  const passwordHash = await hashPassword(readPassword(user.password, userName));
  const { rows } = await sql`
    with changed as (
      update ops.console_user set password_hash = ${passwordHash}, password_changed_at = clock_timestamp()
      where user_name = ${userName} returning console_user_id
    ), ended as (
      delete from ops.console_session where console_user_id in (select console_user_id from changed)
    )
    select from changed`.execute(db);
  if (rows.length === 0) throw unknown(userName);
  return userName;
};

/** Ends every session of a user. @returns how many there were @throws UserError when there is no such user */
export const endSessions = async (db: QueryExecutorProvider, name: string): Promise<number> => {
  const userName = canonicalUserName(name);
  const { rows } = await sql<{ sessions: number }>`
    with wanted as (select console_user_id from ops.console_user where user_name = ${userName}),
      ended as (delete from ops.console_session s using wanted w where s.console_user_id = w.console_user_id returning 1)
    select (select count(*)::int from ended) as sessions from wanted`.execute(db);
  const [row] = rows;
  if (row === undefined) throw unknown(userName);
  return row.sessions;
};

/** Removes a user and their sessions. @throws UserError when there is no such user */
export const removeUser = async (db: QueryExecutorProvider, name: string): Promise<string> => {
  const userName = canonicalUserName(name);
  const { rows } = await sql`delete from ops.console_user where user_name = ${userName} returning 1`.execute(db);
  if (rows.length === 0) throw unknown(userName);
  return userName;
};

/** All users, by name. */
export const listUsers = async (db: QueryExecutorProvider): Promise<readonly ConsoleUser[]> => {
  const { rows } = await sql<ConsoleUser>`
    select user_name, u.created_at, password_changed_at,
      max(s.last_used_at) as last_used_at, count(s.token_hash)::int as sessions
    from ops.console_user u
    left join ops.console_session s on s.console_user_id = u.console_user_id
      and s.created_at > now() - make_interval(secs => ${sessionLife.longestSeconds})
      and s.last_used_at > now() - make_interval(secs => ${sessionLife.idleSeconds})
    group by u.console_user_id order by user_name`.execute(camelCased(db));
  return rows;
};

/** Whether there are any users. */
export const hasUsers = async (db: QueryExecutorProvider): Promise<boolean> => {
  const { rows } = await sql<{ some: boolean }>`select exists (select from ops.console_user) as some`.execute(db);
  return rows[0]!.some;
};
