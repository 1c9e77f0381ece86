import { readdirSync, readFileSync } from 'node:fs';

/** The processor time of this process, the event store and PostgreSQL so far, in µs. */
export type CpuTime = { readonly client: number; readonly server: number; readonly postgres: number };

/** Linux counts in hundredths of a second. */
const microsPerTick = 10_000;

/** The time of a process and of its children that have ended, in µs. */
const timeOf = (pid: number, withEnded: boolean): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may contain anything: state, ppid, …; utime is field 14 of proc(5).
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15) as [number, number, number, number];
  return (user + system + (withEnded ? endedUser + endedSystem : 0)) * microsPerTick;
};

const childrenOf = (parent: number): number[] =>
  readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent ? [Number(entry)] : [];
    } catch {
      return []; // it has ended
    }
  });

/** What load by other programs does not affect. `undefined` on systems without /proc. */
export const cpuTime = (server: number, postmaster: number): CpuTime | undefined => {
  if (process.platform !== 'linux') return undefined;
  const { user, system } = process.cpuUsage();
  const sessions = childrenOf(postmaster).map((pid) => {
    try {
      return timeOf(pid, false);
    } catch {
      return 0; // counted among those that have ended
    }
  });
  return {
    client: user + system,
    server: timeOf(server, false),
    postgres: timeOf(postmaster, true) + sessions.reduce((sum, time) => sum + time, 0),
  };
};

/** The time since then per event, in µs to one decimal. */
export const cpuMicros = (
  since: CpuTime | undefined,
  until: CpuTime | undefined,
  events: number,
): CpuTime | undefined => {
  if (since === undefined || until === undefined) return undefined;
  const each = (part: keyof CpuTime) => Math.round(((until[part] - since[part]) / events) * 10) / 10;
  return { client: each('client'), server: each('server'), postgres: each('postgres') };
};
