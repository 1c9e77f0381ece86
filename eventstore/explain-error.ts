import { exitCodes, type UserError, type UserErrorDetails, userError } from '../platform/errors.ts';
import { type Failure, failureOf, type Right } from './server/failure.ts';

/** An event store error that the person at the terminal can do something about, as a `UserError`; undefined for any other. */
export function explainEventStoreError(error: unknown): UserError | undefined {
  const failure = failureOf(error);
  if (failure === undefined) return undefined;
  const { message, ...details } = explain(failure);
  return userError(message, { exitCode: exitCodes.unreachable, ...details, cause: error });
}

/** Whether a failure concerns every call and not only this one: the server is unavailable, or rejects the user. */
export const isEventStoreOutage = (error: unknown): boolean => {
  const failure = failureOf(error);
  return failure !== undefined && !['request', 'size', 'deleted'].includes(failure.refusal ?? '');
};

/** How an administrator grants a right. */
export const givingRight = (right: Right): string =>
  right === 'read $all'
    ? 'An administrator of the event store can let the user read $all by setting its metadata: {"$acl":{"$r":["<user>","$admins"]}}.'
    : 'Everyone may read and write streams unless $settings or the metadata of a stream says otherwise: an administrator of the event store adds the user there.';

/** The hint if nothing more is known. */
export const runAgain =
  'Completed work is kept: run the same command again once it is back. `openhouse doctor` shows more.';

const explain = ({ kind, refusal, cause, remedy, right }: Failure): UserErrorDetails & { readonly message: string } => {
  const unreachable = {
    message: `the event store cannot be reached (${cause})`,
    code: 'event-store-unreachable',
    hint: remedy ?? runAgain,
  };
  switch (kind) {
    case 'away':
      return unreachable;
    case 'unknown-outcome':
      return { ...unreachable, message: `the event store does not answer in time (${cause})` };
    case 'not-here':
      return {
        message: 'the event store was truncated or replaced: it does not know a position that this database holds',
        code: 'event-store-changed',
        hint: 'If it is the right one (restored from a backup, say): `openhouse recover` shows what no longer matches, and --apply repairs it.',
        exitCode: exitCodes.failed,
      };
    case 'malformed':
      return {
        message: `the event store sent something that openhouse cannot read (${cause})`,
        code: 'event-store-malformed',
        hint: 'Is EVENTSTORE_URL the address of an EventStoreDB, without a proxy that changes its answers? If so, please report this.',
        exitCode: exitCodes.failed,
      };
  }
  switch (refusal) {
    case 'login':
      return {
        message: 'the event store rejected this user or password',
        code: 'event-store-login',
        hint: 'Check EVENTSTORE_URL.',
      };
    case 'right':
      return {
        message:
          right === undefined
            ? 'the event store knows this user, but does not let it do what openhouse needs: read $all, and read and write streams'
            : `the event store knows this user, but does not let it ${right}`,
        code: 'event-store-right',
        hint: `${givingRight(right ?? 'read $all')} See docs/on-your-eventstoredb.md.`,
      };
    case 'certificate':
    case 'tls':
    case 'closed':
      return unreachable;
    default:
      return {
        message: `the event store rejected the request (${cause})`,
        code: 'event-store-refused',
        hint: 'Run it again with OPENHOUSE_LOG_LEVEL=debug, and report what it shows.',
        exitCode: exitCodes.failed,
      };
  }
};
