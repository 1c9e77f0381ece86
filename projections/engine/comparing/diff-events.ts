import type { EventStore } from '../../../eventstore/event-store.ts';
import {
  type InStream,
  isReadable,
  type Position,
  positionedAt,
  type StoredEvent,
  type UnreadableEvent,
} from '../../../eventstore/stored-event.ts';
import { isPerRecord, type Row } from '../../projection.ts';
import type { Build } from '../builds/builds.ts';
import { openSandbox, type Sandbox } from '../builds/sandbox.ts';
import { concerns, foldEvents, noChanges, noRows, type RowsByTable } from '../feeding/fold.ts';
import { openRow } from '../feeding/keeping/kept-row.ts';
import { liveApply } from '../feeding/settings.ts';
import type { RowEvents, RowSample, TableDiff } from './diff-tables.ts';

/**
 * Adds to each sample the events behind it: the record's history is replayed with both builds' code, event by event,
 * until the results differ. If they never do, the code is not the reason.
 */
export const explainSamples = async (
  store: EventStore,
  live: Build,
  candidate: Build,
  position: Position | null,
  tables: readonly TableDiff[],
): Promise<TableDiff[]> => {
  const sides = [openSandbox(live.code), openSandbox(candidate.code)] as const;
  const records = tables.flatMap(({ onlyInLive, onlyInCandidate, differing }) =>
    [onlyInLive, onlyInCandidate, differing].flatMap(({ samples }) => samples.map(({ record }) => record)),
  );
  const histories = await readHistories(store, sides, new Set(records), position);
  const all = <Kind extends { readonly samples: readonly RowSample[] }>(kind: Kind): Kind => ({
    ...kind,
    samples: kind.samples.map((sample) => ({ ...sample, events: behind(histories.get(sample.record)!, sides) })),
  });
  return tables.map((table) => ({
    ...table,
    onlyInLive: all(table.onlyInLive),
    onlyInCandidate: all(table.onlyInCandidate),
    differing: all(table.differing),
  }));
};

type EventRead = InStream<StoredEvent> | InStream<UnreadableEvent>;
type History = { readonly stream: string; readonly events: readonly EventRead[] };

/** The histories of records up to a position, by record. */
const readHistories = async (
  store: EventStore,
  sides: readonly [Sandbox, Sandbox],
  records: ReadonlySet<string>,
  position: Position | null,
): Promise<ReadonlyMap<string, History>> => {
  const read = new Map<string, History>();
  for (const record of records) read.set(record, await readHistory(store, sides, record));
  // A stream may not say where in `$all` its events are, so `$all` itself does. Both builds were just brought to its end.
  const later = new Map<string, bigint>();
  if (position !== null && records.size > 0)
    for await (const { streamName, revision } of store.readAll({ after: position }))
      if (!later.has(streamName)) later.set(streamName, revision);
  const until = (stream: string) => (position === null ? 0n : later.get(stream));
  return new Map(
    [...read].map(([record, { stream, events }]) => {
      const end = until(stream);
      return [record, { stream, events: events.filter(({ revision }) => end === undefined || revision < end) }];
    }),
  );
};

const readHistory = async (
  store: EventStore,
  [{ projection }]: readonly [Sandbox, Sandbox],
  record: string,
): Promise<History> => {
  for (const category of projection.categories) {
    const stream = `${category}-${record}`;
    const events: EventRead[] = [];
    for await (const event of store.readStream(stream)) events.push(event);
    if (events.length > 0) return { stream, events };
  }
  return { stream: `${projection.categories[0]}-${record}`, events: [] };
};

const behind = ({ stream, events }: History, sides: readonly [Sandbox, Sandbox]): RowEvents => {
  const columns = sharedColumns(sides);
  const played = sides.map((sandbox) => player(sandbox, columns));
  for (const event of events) {
    const [left, right] = played.map((play) => play(event));
    if (left === right) continue;
    const cause = {
      type: event.type,
      revision: String(event.revision),
      position: event.position?.commit.toString() ?? null,
      eventId: event.id,
      recordedAt: event.created,
      actor: isReadable(event) ? `${event.metadata.actor.kind} ${event.metadata.actor.id}` : null,
    };
    return { stream, count: events.length, cause, explanation: 'from this event on the two versions differ' };
  }
  const explanation =
    events.length === 0
      ? 'its stream has no events: the row was added by hand, or its events were deleted'
      : 'both versions make the same row from its events: one of the tables was changed by hand, or the record is parked there';
  return { stream, count: events.length, cause: null, explanation };
};

/** Replays events with one side's code, and returns the record's rows after each event, as text to compare. */
const player = (sandbox: Sandbox, columns: ReadonlyMap<string, ReadonlySet<string>>) => {
  const { projection } = sandbox;
  const known: RowsByTable = noRows(projection);
  const concerned = concerns(projection);
  const parked = new Set<string>();
  return (read: EventRead): string => {
    // Handlers only keep it in their rows, and both sides get the same.
    const event = positionedAt<StoredEvent | UnreadableEvent>(read, { commit: read.revision, prepare: read.revision });
    const changes = noChanges(projection);
    const folded = concerned(event)
      ? foldEvents(sandbox, [event], known, changes, parked, liveApply.handlerLimitMs)
      : { parked: [] };
    for (const { event: refused } of folded.parked) parked.add(refused.streamName);
    const rows = Object.entries(projection.tables)
      .filter(([name, table]) => !table.internal && columns.has(name))
      .map(([name, table]) => {
        const values = [...(isPerRecord(table) ? known : changes.changed).get(name)!.values()];
        return [name, values.map((row) => told(row && openRow(row, table), columns.get(name)!))];
      });
    return JSON.stringify([rows, [...parked]]);
  };
};

const told = (row: Row | null, columns: ReadonlySet<string>) =>
  row === null
    ? null
    : Object.entries(row)
        .filter(([name, value]) => columns.has(name) && value !== null && value !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1));

/** The columns, by table, that both sides have; a new column is not a difference in itself. */
const sharedColumns = ([left, right]: readonly [Sandbox, Sandbox]): Map<string, Set<string>> =>
  new Map(
    Object.entries(left.projection.tables)
      .filter(([name]) => name in right.projection.tables)
      .map(([name, { columns }]) => {
        const others = right.projection.tables[name]!.columns;
        return [name, new Set(Object.keys(columns).filter((column) => column in others))] as const;
      }),
  );
