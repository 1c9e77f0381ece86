import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../errors.ts';
import { isAlive, type ProcessIdentity, thisProcess } from '../process-identity.ts';

/**
 * A lock between processes that dies with its owner, made of numbered files: `<name>.lock.<n>`. The highest number counts. It
 * is held while the process named in it is alive; a process that finds it free creates number n + 1, which only one can (`wx`).
 *
 * The highest file is never removed, only marked as released: so a process that looked earlier and creates an older number
 * sees the higher one when it checks again, and knows that it lost.
 */
export type Lock = {
  /** Call this every few seconds: shows other hosts, which cannot see our processes, that the owner is alive. */
  touch(): void;
  /**
   * Whether it is still ours. Another host, which only knows from `touch` that we are alive, may have taken it while
   * this process was frozen.
   */
  isHeld(): boolean;
  release(): void;
};

/** The content of a lock file: the owner, or a mark that it was released. */
type Content = { owner: ProcessIdentity } | { released: true };

/** An owner on another host (or one cut off while writing its name) that is silent for this long counts as dead. */
const silenceMs = 30_000;

/** Takes the lock, or returns its holder. Never waits. */
export function tryLock(folder: string, name: string): Lock | { heldBy: ProcessIdentity | undefined } {
  const current = highest(folder, name);
  const owner = current === undefined ? undefined : ownerOf(file(folder, name, current));
  if (owner !== undefined) return { heldBy: owner === 'unnamed' ? undefined : owner };
  const mine = (current ?? 0) + 1;
  const path = file(folder, name, mine);
  const content: Content = { owner: thisProcess() };
  try {
    writeFileSync(path, JSON.stringify(content), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') {
      // A full disk leaves an empty file, which others would take for an owner about to write its name.
      rmSync(path, { force: true });
      throw error;
    }
    return { heldBy: lockOwner(folder, name) };
  }
  if (highest(folder, name) !== mine) {
    rmSync(path, { force: true });
    return { heldBy: lockOwner(folder, name) };
  }
  for (const number of numbers(folder, name)) if (number < mine) rmSync(file(folder, name, number), { force: true });
  return {
    touch() {
      const now = new Date();
      utimesSync(path, now, now);
    },
    isHeld: () => highest(folder, name) === mine,
    release() {
      if (highest(folder, name) !== mine) return; // another has it: its file is the one that counts
      const released: Content = { released: true };
      writeFileSync(path, JSON.stringify(released));
    },
  };
}

/** The holder of the lock; undefined when it is free. */
export function lockOwner(folder: string, name: string): ProcessIdentity | undefined {
  const current = highest(folder, name);
  const owner = current === undefined ? undefined : ownerOf(file(folder, name, current));
  return owner === 'unnamed' ? undefined : owner;
}

function ownerOf(path: string): ProcessIdentity | 'unnamed' | undefined {
  const silent = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > silenceMs;
  let content: Content;
  try {
    content = JSON.parse(readFileSync(path, 'utf8')) as Content;
  } catch {
    return silent ? undefined : 'unnamed';
  }
  if ('released' in content) return undefined;
  const alive = isAlive(content.owner);
  return alive === true || (alive === 'unknown' && !silent) ? content.owner : undefined;
}

const file = (folder: string, name: string, number: number) => join(folder, `${name}.lock.${number}`);

function numbers(folder: string, name: string): number[] {
  const prefix = `${name}.lock.`;
  return readdirSync(folder)
    .filter((entry) => entry.startsWith(prefix))
    .map((entry) => Number(entry.slice(prefix.length)))
    .filter(Number.isInteger);
}

function highest(folder: string, name: string): number | undefined {
  const all = numbers(folder, name);
  return all.length === 0 ? undefined : Math.max(...all);
}
