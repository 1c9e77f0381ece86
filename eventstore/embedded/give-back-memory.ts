import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const intervalMs = 5_000;
const leanBytes = 160 * 1024 * 1024;
const idleBelow = 0.3;

/**
 * Collects garbage when there is little else to do. V8 does so only as more is allocated: after a burst of readers that were
 * slow or went away, a server without work kept their pages (100 MB for 100 readers) until the next burst.
 *
 * For a process of its own only; it pauses the process for some 20 ms.
 */
export const giveBackMemory = (): void => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  let before = performance.eventLoopUtilization();
  let collectedAt = 0;
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const busy = performance.eventLoopUtilization(now, before).utilization;
    before = now;
    const { rss } = process.memoryUsage();
    // Once is enough: what is still there afterwards is in use, or PostgreSQL's connections' and V8's own.
    if (busy > idleBelow || rss < leanBytes || Math.abs(rss - collectedAt) < 0.05 * rss) return;
    collect();
    collectedAt = process.memoryUsage.rss();
  }, intervalMs).unref();
};
