import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Identifies a process, even if another one gets the same pid later: after a crash, a reboot, or in another
 * container that shares the same folder.
 */
export type ProcessIdentity = { host: string; boot: string; pid: number; startedAt: number | undefined };

let boot: string | undefined;

/** Changes with every boot of the machine; empty if the system does not provide one. */
function bootId(): string {
  if (boot === undefined)
    try {
      boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    } catch {
      boot = '';
    }
  return boot;
}

export function thisProcess(): ProcessIdentity {
  return { host: hostname(), boot: bootId(), pid: process.pid, startedAt: processStartedAt(process.pid) };
}

/** Whether that very process is alive; `unknown` when it runs (or ran) on another host. */
export function isAlive(identity: ProcessIdentity): boolean | 'unknown' {
  if (identity.host !== hostname()) return 'unknown';
  if (identity.boot !== bootId() || !isRunning(identity.pid)) return false;
  const startedAt = processStartedAt(identity.pid);
  // The start time has a resolution of 10 ms at best and is relative to the boot time: allow for rounding.
  return (
    startedAt === undefined || identity.startedAt === undefined || Math.abs(startedAt - identity.startedAt) < 2_000
  );
}

/** Whether any process has this pid, including other users' processes. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // A zombie has ended; its parent just has not collected it yet.
  return processState(pid) !== 'Z';
}

function processState(pid: number): string | undefined {
  return statFields(pid)?.[0];
}

/** When the process started, in milliseconds since the epoch; undefined if the system does not provide it. */
export function processStartedAt(pid: number): number | undefined {
  const ticks = statFields(pid)?.[19];
  if (ticks !== undefined) {
    const hertz = 100; // USER_HZ: the unit of /proc, on every Linux that Node runs on
    const bootTime = /^btime (\d+)/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
    return bootTime === undefined ? undefined : Number(bootTime) * 1000 + (Number(ticks) * 1000) / hertz;
  }
  if (process.platform === 'linux' || process.platform === 'win32') return undefined;
  const ps = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env: { LC_ALL: 'C' } });
  const time = Date.parse(ps.stdout?.trim() ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** The fields of /proc/<pid>/stat after the name, which may itself contain spaces and brackets; the first is the state. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
