import { errorCode, errorMessage, exitCodes, isUserError, type UserError, userError } from '../../platform/errors.ts';
import { withShownUrls } from '../../platform/logging/shown-url.ts';

/** The codes of MongoDB's errors that mean something to us. */
const sortTooLarge = 292;
const unauthorized = 13;
const authenticationFailed = 18;
const cursorGone = [43, 237] as const; // CursorNotFound, CursorKilled
const tooSlow = [50, 262] as const; // MaxTimeMSExpired, ExceededTimeLimit

/** There is no primary at the moment, or the server is shutting down: an election, a restart. */
const noPrimary = [91, 189, 10058, 10107, 11600, 11602, 13435, 13436] as const;

const codeOf = (error: unknown): number | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number'
    ? error.code
    : undefined;
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
const is = (codes: readonly number[], error: unknown) => codes.includes(codeOf(error) ?? -1);

/** An error that says that the user may not read (this collection). */
export const isForbidden = (error: unknown): boolean =>
  codeOf(error) === unauthorized || /not authorized on|requires authentication/i.test(errorMessage(error));

/** Without an index, servers before 6.0 sort in 32 or 100 MB of memory only. */
export const isSortTooLarge = (error: unknown): boolean =>
  is([sortTooLarge], error) || /sort operation used more than|sort exceeded memory limit/i.test(errorMessage(error));

const isWrongPassword = (error: unknown): boolean =>
  codeOf(error) === authenticationFailed || /authentication failed/i.test(errorMessage(error));

const isTimeout = (error: unknown): boolean =>
  is(tooSlow, error) || /timed out|timeout/i.test(errorMessage(error)) || nameOf(error) === 'MongoNetworkTimeoutError';

const socketError = /^(?:ECONN(?:RESET|REFUSED|ABORTED)|EPIPE|ETIMEDOUT|E(?:NET|HOST)UNREACH|ENOTFOUND|EAI_AGAIN)$/;

/**
 * The driver passes some errors of a socket on as they are. This gives them its own name, so that no one takes them for an error of
 * another server.
 */
export const asMongoError = (error: unknown): unknown =>
  error instanceof Error && !error.name.startsWith('Mongo') && socketError.test(errorCode(error) ?? '')
    ? Object.assign(new Error(error.message, { cause: error }), { name: 'MongoNetworkError' })
    : error;

/** An error after which reading can go on with a new cursor: the connection, the cursor or the primary has gone. */
export const isPassing = (error: unknown): boolean =>
  is(cursorGone, error) ||
  is(noPrimary, error) ||
  isTimeout(error) ||
  /^Mongo(?:Network|ServerSelection|NotConnected|TopologyClosed|CursorExhausted|PoolCleared)/.test(nameOf(error)) ||
  (typeof error === 'object' &&
    error !== null &&
    'hasErrorLabel' in error &&
    typeof error.hasErrorLabel === 'function' &&
    (error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('ResumableChangeStreamError')));

/** Whether the server refused or did not finish one query: it may answer others. */
export const isOfOneQuery = (error: unknown): boolean =>
  nameOf(error).startsWith('Mongo') &&
  (isForbidden(error) ||
    is(cursorGone, error) ||
    (isTimeout(error) && !/ServerSelection/.test(nameOf(error))) ||
    (nameOf(error) === 'MongoServerError' && !isPassing(error) && !isWrongPassword(error)));

const kept = 'Everything read so far is kept; the next import or run of `openhouse start` continues from there.';

/**
 * An error of MongoDB, worded for people: what is wrong and what to do. `undefined` for any other error.
 * @param shown the server's address without a password
 */
export const explainMongoError = (error: unknown, shown: string): UserError | undefined => {
  if (isUserError(error)) return error;
  const why = withShownUrls(errorMessage(error));
  const details = { exitCode: exitCodes.unreachable, cause: error };
  if (isWrongPassword(error)) {
    return userError(`${shown} refuses the user or password`, {
      ...details,
      code: 'mongo-authentication',
      hint: 'Check the user and password in MONGO_URL. A user of another database needs ?authSource=<database>.',
    });
  }
  if (isForbidden(error)) {
    return userError(`the user of ${shown} may not read it (${why})`, {
      ...details,
      code: 'mongo-forbidden',
      hint: 'Grant it the role `read` on the database: db.grantRolesToUser("<user>", [{ role: "read", db: "<database>" }]).',
    });
  }
  if (/^Mongo(?:Parse|InvalidArgument|MissingDependency|API)Error$/.test(nameOf(error))) {
    return userError(`MONGO_URL is not a valid connection string: ${why}`, {
      code: 'mongo-url',
      exitCode: exitCodes.usage,
      hint: 'It looks like mongodb://user:password@host:27017/database.',
      cause: error,
    });
  }
  if (/wire version/.test(why)) {
    return userError(`${shown} is a MongoDB of a version that openhouse does not support`, {
      ...details,
      code: 'mongo-version',
      hint: 'It reads MongoDB 3.6 and later. Import older ones from a dump: `mongodump --out <folder>`, then `openhouse import <folder>`.',
    });
  }
  if (is(noPrimary, error)) {
    return userError(`${shown} has no primary at the moment (${why})`, {
      ...details,
      code: 'mongo-no-primary',
      hint: `It is being restarted, or its replica set is electing a new primary. Following tries again every minute. ${kept}`,
    });
  }
  if (is(cursorGone, error)) {
    return userError(`${shown} closed our cursor (${why})`, {
      ...details,
      code: 'mongo-cursor-expired',
      hint: `It may be short of memory, or its cursorTimeoutMillis is too low. ${kept}`,
    });
  }
  if (nameOf(error).startsWith('Mongo') && isTimeout(error) && !/ServerSelection/.test(nameOf(error))) {
    return userError(`${shown} takes too long to answer (${why})`, {
      ...details,
      code: 'mongo-slow',
      hint: `It may be overloaded. Look at its slow queries, or try again later. ${kept}`,
    });
  }
  if (nameOf(error).startsWith('Mongo') && isPassing(error)) {
    return userError(`${shown} cannot be reached (${why})`, {
      ...details,
      code: 'mongo-unreachable',
      hint: `Check that the server is running, the address in MONGO_URL, and that a firewall lets this machine in. ${kept}`,
    });
  }
  if (nameOf(error).startsWith('Mongo')) {
    return userError(`${shown}: ${why}`, { code: 'mongo-error', cause: error, hint: kept });
  }
  return undefined;
};
