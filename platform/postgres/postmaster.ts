import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes, userError } from '../errors.ts';
import { isRunning, processStartedAt } from '../process-identity.ts';

/** A running PostgreSQL, as recorded in its `postmaster.pid`. */
export type Postmaster = { pid: number; port: number; status: string };

/**
 * The PostgreSQL that runs on this data folder; undefined when there is none, even if there is a stale `postmaster.pid`.
 *
 * Lines of that file: pid, data folder, start time (seconds), port, socket folder, address, shared memory, status.
 */
export function readPostmaster(dataFolder: string): Postmaster | undefined {
  const lines = pidFileLines(dataFolder);
  if (lines === undefined) return undefined;
  const pid = Number(lines[0]);
  const startedAt = Number(lines[2]);
  if (!Number.isInteger(pid) || pid <= 0 || !isRunning(pid)) return undefined;
  // After a crash another process may have this pid, but with another start time.
  const really = processStartedAt(pid);
  if (really !== undefined && Number.isFinite(startedAt) && Math.abs(really / 1000 - startedAt) > 30) return undefined;
  return { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() };
}

/**
 * Removes a `postmaster.pid` whose process is gone. PostgreSQL does so itself, unless another process has that pid now.
 */
export function removeStalePidFile(dataFolder: string): void {
  if (pidFileLines(dataFolder) !== undefined && readPostmaster(dataFolder) === undefined) rmSync(pidFile(dataFolder));
}

/**
 * Stops a PostgreSQL that is not our child, gracefully and then by force; returns when its data folder is free.
 *
 * @throws UserError when it belongs to another user or does not stop
 */
export async function stopPostmaster({ pid }: Postmaster, dataFolder: string): Promise<void> {
  for (const [signal, patience] of [
    ['SIGINT', 15_000],
    ['SIGQUIT', 15_000],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch (cause) {
      if (!isRunning(pid)) return;
      throw notOurs(pid, dataFolder, cause);
    }
    const asked = Date.now();
    while (Date.now() - asked < patience) {
      if (readPostmaster(dataFolder)?.pid !== pid) return;
      await sleep(50);
    }
  }
  throw notOurs(pid, dataFolder, undefined);
}

const notOurs = (pid: number, dataFolder: string, cause: unknown) =>
  userError(`a PostgreSQL (process ${pid}) is using ${dataFolder} and cannot be stopped`, {
    code: 'postgres-in-use',
    hint: `Stop process ${pid} (as its owner or root), then try again.`,
    exitCode: exitCodes.unreachable,
    cause,
  });

const pidFile = (dataFolder: string) => join(dataFolder, 'postmaster.pid');

function pidFileLines(dataFolder: string): string[] | undefined {
  try {
    if (!existsSync(pidFile(dataFolder))) return undefined;
    return readFileSync(pidFile(dataFolder), 'utf8').split('\n');
  } catch {
    return undefined; // gone in the meantime
  }
}
