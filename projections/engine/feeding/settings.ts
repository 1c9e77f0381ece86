import type { ApplyOptions } from './apply.ts';

/** Live: what is refused is parked, and what is committed is on disk. */
export const liveApply: ApplyOptions = { park: true, handlerLimitMs: 2_000, statementLimitMs: 60_000, durable: true };

/** A build from the beginning: it stops at what is refused, and commits without waiting for the disk. */
export const rebuildApply: ApplyOptions = { ...liveApply, park: false, statementLimitMs: 300_000, durable: false };

/** Events in a batch while catching up: large writes are cheap ones, and rows that change often are written once. */
export const catchUpBatch = { minBatch: 2_000, maxBatch: 5_000 } as const;

/** While building from the beginning, rows wait in memory anyway: events that are done with soon cost the least to collect. */
export const rebuildBatch = { minBatch: 250, maxBatch: 1_000 } as const;
