import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AggregateName, type EventOfAggregate, eventDefinitions } from '../../../domain/events.ts';
import type { EventMetadata } from '../../../domain/metadata.ts';
import type { StoredEvent } from '../../../eventstore/stored-event.ts';
import type { Projection, Row } from '../../../projections/projection.ts';
import { openReadModel, type ReadModel } from './read-model.ts';

/** An event of the record `key` (default: `1`). */
export type Given<Name extends AggregateName> = EventOfAggregate<Name> & {
  readonly key?: string;
  readonly occurredAt?: string;
  readonly actor?: EventMetadata['actor'];
};

/** The columns that a case expects to have a value; every other column has to be empty. */
type ExpectedRow<Tables extends Projection['tables'], Name extends keyof Tables> = {
  readonly [Column in keyof Tables[Name]['columns']]?: unknown;
};

/** When the events of a case happened, unless it says otherwise. */
export const occurredAt = '2026-03-30T08:00:00.000Z';

/** The commit position of the nth event of a case, from 0: positions rise, with gaps. */
export const positionOf = (index: number): number => index * 3 + 5;

/** When the nth event of a case was recorded. */
export const recordedAt = (index: number): string => new Date(Date.UTC(2026, 2, 31, 12, 0, 0, index)).toISOString();

/** The id of the nth event of a case. */
export const eventId = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

/**
 * A read model's rules, written as sentences. The engine feeds the events into tables made for the case, each event
 * twice: an event that is delivered again must not change the rows.
 *
 * A case is about its last event. The last test of a file, added here, checks that every event type has a case.
 *
 * @example const { given } = specification(agents, 'agent'); await given([joined,
 * paused]).then('agents', [{ memberKey: 'a1', pausedFrom: '2026-04-01' }]); await
 * given([paused]).thenParked('AgentPaused of a record that has no AgentJoined');
 */
export const specification = <const Of extends Projection, Name extends AggregateName>(projection: Of, name: Name) => {
  let readModel: ReadModel | undefined;
  before(async () => {
    readModel = await openReadModel(projection.name);
  });
  after(async () => readModel?.close());
  const cases = new Set<string>();
  // Later than the tests of the file that calls this.
  queueMicrotask(() => {
    test('every event type that the read model reads has a case', () => {
      const missing = projection.eventTypes.filter((type) => !cases.has(type));
      assert.deepEqual(missing, [], `given(…) an event of each of these types, then rows of ${projection.name}`);
    });
  });

  return {
    given: (events: readonly Given<Name>[]) => {
      const stored = asStored(name, events);
      return {
        /** The table has exactly these rows, in the order of its key. The columns for when a record was last touched need not be given. */
        // biome-ignore lint/suspicious/noThenProperty: given, then is what these sentences are called
        async then<Table extends keyof Of['tables'] & string>(
          table: Table,
          expected: readonly ExpectedRow<Of['tables'], Table>[],
        ): Promise<void> {
          cases.add(events.at(-1)!.type);
          const { rows, parked } = await readModel!.feed(stored, table);
          assert.deepEqual(parked, [], 'nothing is parked');
          const { columns, record } = projection.tables[table]!;
          assert.deepEqual(
            rows.map((row) => valuesOf(columns, row)),
            expected.map((row) => valuesOf(columns, { ...bookkeeping(columns, stored, row as Row, record), ...row })),
          );
        },
        /** One event is parked, for this reason. */
        async thenParked(reason: string): Promise<void> {
          const { parked } = await readModel!.feed(stored, Object.keys(projection.tables)[0]!);
          assert.deepEqual(parked, [reason]);
        },
      };
    },
  };
};

const asStored = <Name extends AggregateName>(name: Name, events: readonly Given<Name>[]): StoredEvent[] => {
  const revisions = new Map<string, bigint>();
  return events.map(({ key = '1', occurredAt: happened = occurredAt, actor, type, data }, index) => {
    const streamName = `${name}-${key}`;
    const revision = (revisions.get(streamName) ?? -1n) + 1n;
    revisions.set(streamName, revision);
    const at = BigInt(positionOf(index));
    const metadata: EventMetadata = {
      version: 1,
      actor: actor ?? { kind: 'system', id: 'tests' },
      source: 'tests',
      occurredAt: happened,
      $correlationId: 'tests',
      $causationId: 'tests',
    };
    // As it comes from the store: valid by its schema, and JSON.
    const valid = eventDefinitions.get(type)!.schema.parse(JSON.parse(JSON.stringify(data)));
    return {
      id: eventId(index),
      streamName,
      revision,
      position: { commit: at, prepare: at },
      created: new Date(recordedAt(index)),
      type,
      metadata,
      event: { type, data: valid } as StoredEvent['event'],
    };
  });
};

/** The columns that every table with one row per record has: when and by which event the record was last touched. */
const bookkeeping = (columns: object, stored: readonly StoredEvent[], row: Row, record: string): Row => {
  if (!('revision' in columns)) return {};
  const last = stored.findLast(({ streamName }) => streamName.endsWith(`-${row[record]}`))!;
  return {
    updatedAt: last.created.toISOString(),
    revision: Number(last.revision),
    position: Number(last.position.commit),
  };
};

/** The columns that have a value; times as instants, whatever offset PostgreSQL writes them with. */
const valuesOf = (columns: Projection['tables'][string]['columns'], row: Row): Row =>
  Object.fromEntries(
    Object.keys({ ...columns, ...row })
      .filter((column) => row[column] !== null && row[column] !== undefined)
      .map((column) => [
        column,
        columns[column] === 'timestamptz' ? new Date(row[column] as string).toISOString() : row[column],
      ]),
  );
