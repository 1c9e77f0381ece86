import type { ApplyOptions } from './apply.ts';

/** For live models: rejected events are parked, and commits wait for the disk. */
export const liveApply: ApplyOptions = { park: true, handlerLimitMs: 2_000, statementLimitMs: 60_000, durable: true };

/** For a build from the first event: it stops at a rejected event, and commits without waiting for the disk. */
export const rebuildApply: ApplyOptions = { ...liveApply, park: false, statementLimitMs: 300_000, durable: false };

/** Events per batch while catching up: large writes are cheap, and rows that change often are written once. */
export const catchUpBatch = { minBatch: 2_000, maxBatch: 5_000 } as const;

/**
 * The same where rows wait in memory anyway. Larger batches cost more to collect: their events live long enough to be moved;
 * smaller ones, more calls into each sandbox.
 */
export const writeBehindBatch = { minBatch: 1_000, maxBatch: 2_000 } as const;
