/** What other rooms use of the projections. */
export { type AsOf, type AsOfOptions, asOf } from './engine/as-of.ts';
export { type CatchUpOptions, type CaughtUp, catchUp } from './engine/catch-up.ts';
export { type DiffOptions, diffProjection, type ProjectionDiff } from './engine/diff.ts';
export type { RowSample, TableDiff } from './engine/diff-tables.ts';
export { dropBuilds } from './engine/drop.ts';
export type { EngineDeps } from './engine/feed.ts';
export { registerProjectionMetrics } from './engine/metrics.ts';
export { listParked, type Parked, type Retried, retryParked } from './engine/parked.ts';
export { prepareProjections } from './engine/prepare.ts';
export type { BuildProgress } from './engine/progress.ts';
export { type RebuildOptions, type Rebuilt, rebuild } from './engine/rebuild.ts';
export { type RunOptions, runProjections } from './engine/run.ts';
export { type BuildStatus, lagLimit, projectionStatus } from './engine/status.ts';
export { promote, rollback, type Switched } from './engine/switch.ts';
export { waitForPosition } from './engine/wait.ts';
export type { ProjectionEntry } from './registry.ts';
