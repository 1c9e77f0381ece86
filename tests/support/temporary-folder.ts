import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/**
 * PostgreSQL does not run as root, and if its user cannot reach the folder, the database goes below /var/lib, where no test
 * would remove it.
 */
export function letThrough(folder: string): void {
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
}

/** A new empty folder, which `tests/run.ts` removes if this process is killed. */
export function makeTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), `openhouse-test-${process.pid}-`));
  letThrough(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  // A server that was killed may still write there for a moment.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** An empty folder that is removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = makeTemporaryFolder();
  t.after(() => removeFolder(folder));
  return folder;
}
