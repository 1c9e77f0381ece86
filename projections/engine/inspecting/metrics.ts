import { Counter, Gauge, type Registry } from 'prom-client';
import type { EventStore } from '../../../eventstore/event-store.ts';
import type { Database } from '../database.ts';
import { type BuildStatus, lagLimit, projectionStatus } from './status.ts';

/**
 * Registers the values of `openhouse projections list` as metrics: `openhouse_projection_*`, with the labels
 * `projection`, `schema` and `state`. They are measured on request. The last error is shown by its time only, because
 * its text is unfit for a label and may quote an event.
 */
export const registerProjectionMetrics = (
  registry: Registry,
  deps: { readonly db: Database; readonly store: EventStore },
): void => {
  // All metrics are collected at once, from the same snapshot.
  let look: Promise<BuildStatus[]> | null = null;
  const builds = (): Promise<BuildStatus[]> => {
    look ??= projectionStatus(deps, { entries: [] }).finally(() => {
      look = null;
    });
    return look;
  };
  for (const [name, { help, value, labels = () => ({}) }] of Object.entries(measures)) {
    const configuration = {
      name: `openhouse_projection_${name}`,
      help,
      labelNames: ['projection', 'schema', 'state', 'version', 'holder'],
      registers: [registry],
      async collect(this: { reset(): void; inc(labels: Record<string, string>, by: number): void }) {
        const found = await builds();
        this.reset();
        for (const build of found) {
          const measured = value(build);
          if (measured === null) continue;
          this.inc({ projection: build.name, schema: build.schema, state: build.state, ...labels(build) }, measured);
        }
      },
    };
    if (name.endsWith('_total')) new Counter(configuration);
    else new Gauge(configuration);
  }
};

type Measure = {
  readonly help: string;
  /** `null`: the build has no such value. */
  readonly value: (build: BuildStatus) => number | null;
  /** In addition to the labels that all have. */
  readonly labels?: (build: BuildStatus) => Record<string, string>;
};

const measures: Readonly<Record<string, Measure>> = {
  build_info: {
    help: 'A build of a projection (always 1): its version, and the process that feeds it',
    value: () => 1,
    labels: ({ version, holder }) => ({ version: String(version), holder: holder ?? '' }),
  },
  position: {
    help: 'The commit position in $all up to which it has been built',
    value: ({ position }) => (position === null ? null : Number(position.commit)),
  },
  lag_events: {
    help: `Events that it has not handled yet (${lagLimit}: at least)`,
    value: ({ lagEvents }) => lagEvents,
  },
  lag_seconds: { help: 'How long the oldest of those events has been waiting', value: ({ lagSeconds }) => lagSeconds },
  events_total: { help: 'Events handled since the build was started', value: ({ events }) => events },
  events_per_second: { help: 'Events handled per second lately', value: ({ eventsPerSecond }) => eventsPerSecond },
  parked_events: { help: 'Parked events, which wait until someone fixes the handler', value: ({ parked }) => parked },
  size_bytes: { help: 'Size of its tables and indexes', value: ({ sizeBytes }) => sizeBytes },
  failing: { help: '1 if the build has stopped with an error', value: ({ error }) => (error === null ? 0 : 1) },
  last_error_timestamp_seconds: {
    help: 'When the build stopped with an error, in Unix time',
    value: ({ errorAt }) => (errorAt === null ? null : errorAt.getTime() / 1000),
  },
};
