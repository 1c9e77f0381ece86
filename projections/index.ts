/** What other rooms use of the projections. */
export { type CatchUpOptions, type CaughtUp, catchUp } from './engine/catch-up.ts';
export type { EngineDeps } from './engine/feed.ts';
export { type RunOptions, runProjections } from './engine/run.ts';
export { waitForPosition } from './engine/wait.ts';
