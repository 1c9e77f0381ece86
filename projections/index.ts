/** The interface of this room for other rooms. */

export { dropBuilds } from './engine/builds/drop.ts';
export { prepareProjections } from './engine/builds/prepare.ts';
export { type DiffOptions, diffProjection, type ProjectionDiff } from './engine/comparing/diff.ts';
export type { RowSample, TableDiff } from './engine/comparing/diff-tables.ts';
export { type CatchUpOptions, type CaughtUp, catchUp } from './engine/feeding/catch-up.ts';
export type { EngineDeps } from './engine/feeding/feed.ts';
export type { BuildProgress } from './engine/feeding/progress.ts';
export { type Retried, retryParked } from './engine/feeding/retry-parked.ts';
export { type RunOptions, runProjections } from './engine/feeding/run.ts';
export { type AsOf, type AsOfOptions, asOf } from './engine/inspecting/as-of.ts';
export { listParked, type Parked } from './engine/inspecting/list-parked.ts';
export { registerProjectionMetrics } from './engine/inspecting/metrics.ts';
export { type BuildStatus, lagLimit, projectionStatus } from './engine/inspecting/status.ts';
export { waitForPosition } from './engine/inspecting/wait.ts';
export { promote, rollback, type Switched } from './engine/releasing/promote.ts';
export { type RebuildOptions, type Rebuilt, rebuild } from './engine/releasing/rebuild.ts';
export { type Outdated, upgradeReadModels } from './engine/releasing/upgrade.ts';
export type { ProjectionEntry } from './registry.ts';
