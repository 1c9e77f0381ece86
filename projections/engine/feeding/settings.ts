export type ApplyOptions = {
  /**
   * Whether to park an event that a handler (or the database) rejects; otherwise it stops the build with
   * `EventRefused`.
   */
  readonly park: boolean;
  /** The time limit of a handler for one event, in ms. */
  readonly handlerLimitMs: number;
  /** The time limit of one statement, in ms. */
  readonly statementLimitMs: number;
  /**
   * Whether to wait until each commit is on disk. A rebuild does not need to: after a crash it continues from an
   * earlier batch.
   */
  readonly durable: boolean;
};

/** For live models: rejected events are parked, and commits wait for the disk. */
export const liveApply: ApplyOptions = { park: true, handlerLimitMs: 2_000, statementLimitMs: 60_000, durable: true };

/** For a build from the first event: it stops at a rejected event, and commits without waiting for the disk. */
export const rebuildApply: ApplyOptions = { ...liveApply, park: false, statementLimitMs: 300_000, durable: false };

/** Events per batch while catching up: large writes are cheap, and rows that change often are written once. */
export const catchUpBatch = { minBatch: 2_000, maxBatch: 5_000 } as const;

/**
 * The same where rows wait in memory anyway. Larger batches cost more garbage collection, because their events live
 * long enough to be moved; smaller ones cost more calls into each sandbox.
 */
export const writeBehindBatch = { minBatch: 1_000, maxBatch: 2_000 } as const;
