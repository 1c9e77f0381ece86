import type { BuildStatus } from '../projections/index.ts';

/** A live read model: its progress, what holds it up, and whether there is a candidate. */
export type ProjectionStatus = Pick<
  BuildStatus,
  'name' | 'version' | 'events' | 'lagEvents' | 'lagSeconds' | 'eventsPerSecond' | 'parked' | 'error'
> & {
  readonly caughtUp: boolean;
  /** Whether a process is feeding it now. */
  readonly fed: boolean;
  /** A candidate that is being built or is ready: `version 2 ready`. */
  readonly candidate: string | null;
};

/** The live read models among all builds, by name. */
export const liveProjections = (builds: readonly BuildStatus[]): readonly ProjectionStatus[] =>
  builds
    .filter(({ state }) => state === 'live')
    .map((build) => {
      const candidate = builds.find(
        ({ name, state }) => name === build.name && (state === 'building' || state === 'ready'),
      );
      return {
        name: build.name,
        version: build.version,
        events: build.events,
        lagEvents: build.lagEvents,
        lagSeconds: build.lagSeconds,
        eventsPerSecond: build.eventsPerSecond,
        parked: build.parked,
        error: build.error,
        caughtUp: build.lagEvents === 0,
        fed: build.holder !== null,
        candidate: candidate === undefined ? null : `version ${candidate.version} ${candidate.state}`,
      };
    });
