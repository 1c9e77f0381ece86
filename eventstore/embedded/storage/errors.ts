/** PostgreSQL cannot be reached, or this process has lost its right to write: retry later. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
}

const connectionErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENOENT',
]);

/**
 * Whether an error of `pg` means that the database is down or cannot take writes for now: connection exceptions (class
 * 08), operator intervention (57P), out of disk or memory or connections (53), read-only (25006), and errors of the socket.
 */
export const isDatabaseAway = (error: unknown): boolean => {
  if (error instanceof StorageUnavailableError) return true;
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: string }).code ?? '';
  if (/^(08|57P|53)/.test(code) || code === '25006' || code === '58030') return true;
  if (connectionErrors.has(code)) return true;
  return /Connection terminated|timeout exceeded|Query read timeout|Client was closed|not queryable|pool after calling end/i.test(
    error.message,
  );
};
