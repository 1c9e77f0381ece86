import { errorMessage, exitCodes, type UserError, userError } from '../../../../platform/errors.ts';
import type { Outcome } from '../../../differences/outbox.ts';
import { isForbidden, isPassing } from '../../../mongo/explain-error.ts';

const duplicateKey = 11_000;
const validationFailed = 121;

/** Whether a value that has to be unique in the old CRM is in another document. */
export const isDuplicate = (error: unknown): boolean => codeOf(error) === duplicateKey;

/**
 * Why the old CRM will not take a document, however often it is tried: it says so itself. Values of the document, which its
 * messages contain, are left out. `undefined` for any other error.
 */
export const refusalOf = (error: unknown): Outcome | undefined => {
  if (isDuplicate(error)) {
    const index = /index: (?<name>\S+)/.exec(errorMessage(error))?.groups?.name;
    return {
      outcome: 'refused',
      code: 'not-unique',
      reason:
        `another document in the old CRM has the same value, which must be unique there${index === undefined ? '' : ` (index ${index})`}; ` +
        'correct one of the two, then `openhouse write-back retry`',
    };
  }
  if (codeOf(error) === validationFailed)
    return {
      outcome: 'refused',
      code: 'not-valid-there',
      reason:
        'the old CRM’s own validation rules refuse the document; correct the record or the rules, then `openhouse write-back retry`',
    };
  return undefined;
};

/** An error that may pass. Values of the document, which the old CRM's messages contain, are left out. */
export const failureOf = (error: unknown): Outcome => ({
  outcome: 'failed',
  code: 'write-failed',
  reason: errorMessage(error)
    .replace(/\{.*\}/s, '{…}')
    .replace(/"[^"]*"/g, '"…"'),
});

/**
 * Whether the old CRM has answered that it did not do what it was asked. A connection that was lost, an election or a write concern
 * that failed leaves open whether it did.
 */
export const isAnswer = (error: unknown): boolean =>
  error instanceof Error && error.name === 'MongoServerError' && !isPassing(error);

/** For a user that may not write: no record can be written, so none of them is at fault. */
export const explainForbidden = (error: unknown, shown: string): UserError | undefined =>
  isForbidden(error)
    ? userError(`the user of ${shown} may not write to it`, {
        code: 'mongo-read-only',
        exitCode: exitCodes.unreachable,
        hint: 'Grant it the role `readWrite` on the database: db.grantRolesToUser("<user>", [{ role: "readWrite", db: "<database>" }]). Nothing is lost: waiting changes are written as soon as that is allowed.',
        cause: error,
      })
    : undefined;

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
