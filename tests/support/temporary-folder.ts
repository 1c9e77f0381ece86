import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/**
 * A new empty folder, which `tests/run.ts` removes should this process be killed. PostgreSQL, which does not run as root, can
 * get through to what lies in it: so no test leaves its database behind below /var/lib.
 */
export function makeTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), `openhouse-test-${process.pid}-`));
  chmodSync(folder, 0o711);
  return folder;
}

export function removeFolder(folder: string): void {
  // A server that was killed may still be writing there for a moment.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** An empty folder that goes away with the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = makeTemporaryFolder();
  t.after(() => removeFolder(folder));
  return folder;
}
