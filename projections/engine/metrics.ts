import { Gauge, type Registry } from 'prom-client';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { Database } from './database.ts';
import { type BuildStatus, projectionStatus } from './status.ts';

/**
 * Registers what `openhouse projections list` shows as metrics: `openhouse_projection_*`, with the labels `projection`,
 * `schema` and `state`. They are measured when they are asked for.
 */
export const registerProjectionMetrics = (
  registry: Registry,
  deps: { readonly db: Database; readonly store: EventStore },
): void => {
  // All gauges are collected at once, and are of one look at the projections.
  let look: Promise<BuildStatus[]> | null = null;
  const builds = (): Promise<BuildStatus[]> => {
    look ??= projectionStatus(deps).finally(() => {
      look = null;
    });
    return look;
  };
  for (const [name, { help, value }] of Object.entries(measures)) {
    new Gauge({
      name: `openhouse_projection_${name}`,
      help,
      labelNames: ['projection', 'schema', 'state'],
      registers: [registry],
      async collect() {
        const found = await builds();
        this.reset();
        for (const build of found) {
          const measured = value(build);
          if (measured === null) continue;
          this.set({ projection: build.name, schema: build.schema, state: build.state }, measured);
        }
      },
    });
  }
};

const measures: Record<string, { help: string; value: (build: BuildStatus) => number | null }> = {
  lag_events: { help: 'Events that it has not had yet (5,000: at least)', value: ({ lagEvents }) => lagEvents },
  lag_seconds: { help: 'How long the oldest of them has been waiting', value: ({ lagSeconds }) => lagSeconds },
  events_total: { help: 'Events handled since it was built', value: ({ events }) => events },
  events_per_second: { help: 'Events handled a second lately', value: ({ eventsPerSecond }) => eventsPerSecond },
  parked_events: { help: 'Events that wait for somebody to mend something', value: ({ parked }) => parked },
  size_bytes: { help: 'Tables and indexes', value: ({ sizeBytes }) => sizeBytes },
  failing: { help: '1 when it cannot go on', value: ({ error }) => (error === null ? 0 : 1) },
};
