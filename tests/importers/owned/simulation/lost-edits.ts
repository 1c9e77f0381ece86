import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { recordAggregates } from '../../../../commands/aggregates.ts';
import { sameMeaning } from '../../../../domain/changes.ts';
import type { Decider } from '../../../../domain/decider.ts';
import type { DomainEvent } from '../../../../domain/events.ts';
import type { Conflict } from '../../../../importers/differences/conflicts.ts';
import { loadOwned } from '../../../../importers/owned/record-view.ts';
import { type Deed, fields, recordsOf } from './people.ts';
import type { World } from './world.ts';

/**
 * No edit is lost. The last that someone said about a field in the old CRM is in the end what both say, or someone here saw it later:
 * it was in a conflict that a person decided after it was said, or openhouse said the same by then. Nothing changes a field here but a person, or
 * an acceptance of a conflict in which that person saw both values. And no document was made twice. What someone deleted in the old CRM
 * is hidden here, or a person decided about it: it is never inserted again by itself, even if openhouse was killed before it knew that
 * the document had arrived (see differences/inserts.ts).
 */
export const nothingIsLost = async (world: World, deeds: readonly Deed[]): Promise<void> => {
  const conflicts = await allConflicts(world);
  for (const type of ['listing', 'lead'] as const) {
    const records = await recordsOf(world, type);
    const [collection, identity] =
      type === 'listing' ? (['properties', 'mlsId'] as const) : (['contacts', 'email'] as const);
    const documents = await world.mongo.client.db().collection(collection).find().toArray();
    const names = documents.map((document) => document[identity] as string);
    assert.deepEqual(names.length, new Set(names).size, `${collection}: a document twice`);
    for (const { key, name, began } of records) {
      const ofRecord = conflicts.filter((one) => one.aggregate === type && one.recordKey === key);
      const states = await statesOf(world, type, key, ofRecord);
      const { fields: present } = states.at(-1)!;
      const hides = type === 'listing' ? ['standardStatus', 'Delete'] : ['leadStage', 'Trash'];
      const mine = deeds.filter((deed) => deed.type === type && deed.name === name);
      const lastInLegacy = mine.findLast(({ side }) => side === 'legacy');
      if (lastInLegacy?.field === 'delete') {
        const isHidden = present[hides[0]!] === hides[1];
        const isDecided = ofRecord.some(({ fields }) => fields[hides[0]!]?.legacy === hides[1]);
        assert.ok(isHidden || isDecided, `${type} ${name}: the deletion is lost${await story(world, mine, key)}`);
      }
      for (const { field } of fields[type]) {
        const edits = mine.filter((deed) => deed.side === 'legacy' && deed.field === field);
        const last = edits.at(-1);
        // What was deleted on the same side was taken back.
        const deleted = mine.findLastIndex((deed) => deed.side === 'legacy' && deed.field === 'delete');
        if (last === undefined || deleted > mine.indexOf(last)) continue;
        const isSaid =
          sameMeaning(present[field], last.value) ||
          isDecidedLater(last, ofRecord) ||
          states
            .slice(Math.max(last.when!.events - 1, 0))
            .some((state) => sameMeaning(state.fields[field], last.value));
        // It was there when the record began here: whoever changed it later has seen it.
        const wasThere = last.when!.events === 0 && sameMeaning(began[field], last.value);
        assert.ok(
          isSaid || wasThere || isUndone(edits, ofRecord, states, began[field]) || isUnknowable(last),
          `${type} ${name} (${key}): legacy said ${field} = ${JSON.stringify(last.value)}, now ${JSON.stringify(present[field])}${await story(world, mine, key)}`,
        );
      }
    }
  }
  // The read model is what the events say.
  const { rows } = await sql<{ key: string; price: string | null }>`
    select listing_key as key, list_price as price from read.listings`.execute(world.db);
  for (const { key } of await recordsOf(world, 'listing')) {
    const { state } = await loadOwned(world.store, 'listing', key);
    assert.equal(
      Number(rows.find((row) => row.key === key)?.price),
      Number(state.fields.listPrice),
      `read model of ${key}`,
    );
  }
};

type Decided = Pick<Conflict, 'conflictId' | 'aggregate' | 'recordKey' | 'fields' | 'resolution'>;

const allConflicts = async ({ db }: World): Promise<readonly Decided[]> => {
  const { rows } = await sql<Decided>`
    select conflict_id::text as "conflictId", aggregate, record_key as "recordKey", fields, resolution from ops.legacy_conflict
    order by resolved_at, conflict_id`.execute(db);
  return rows;
};

const byPeople = ['accepted', 'partly accepted', 'refused'];
const isAccepted = ({ resolution, fields }: Decided, field: string): boolean =>
  resolution === 'accepted' || (resolution === 'partly accepted' && fields[field]?.acceptedYN === true);

/** The conflicts about the field of an edit that were not resolved yet when it was made. */
const openSince = ({ field, when }: Deed, conflicts: readonly Decided[]) =>
  conflicts.filter((one) => field in one.fields && !when!.resolved.includes(one.conflictId));

/** Whether a person decided about the value after it was said. */
const isDecidedLater = (edit: Deed, conflicts: readonly Decided[]): boolean =>
  openSince(edit, conflicts).some(
    ({ resolution, fields }) =>
      byPeople.includes(resolution ?? '') && sameMeaning(fields[edit.field]!.legacy, edit.value),
  );

/**
 * Whether the edit only took back others that no one here had decided about: it says what both sides had last agreed on, or what
 * was last decided. Then the old CRM says nothing new, and a change here counts.
 */
const isUndone = (
  edits: readonly Deed[],
  conflicts: readonly Decided[],
  states: readonly State[],
  began: unknown,
): boolean => {
  const last = edits.at(-1)!;
  const { field, value, when } = last;
  if (!sameMeaning(when!.base, value)) return false;
  // Someone decided about another value only after that: then this one is another edit.
  const others = openSince(last, conflicts).filter(({ resolution }) => byPeople.includes(resolution ?? ''));
  if (others.some(({ fields }) => !sameMeaning(fields[field]!.legacy, value))) return false;
  return basesOf(edits, conflicts, states, began).some((base) => sameMeaning(base, value));
};

/**
 * What both sides can have last agreed on before the last of these edits, by what happened rather than by what openhouse believes: the
 * document began so, openhouse wrote it, a person decided about it, or both sides happened to say it.
 */
const basesOf = (
  edits: readonly Deed[],
  conflicts: readonly Decided[],
  states: readonly State[],
  began: unknown,
): readonly unknown[] => {
  let bases = [began];
  for (const [at, { field, when }] of edits.entries()) {
    const before = edits[at - 1];
    for (const { conflictId, resolution, fields } of conflicts) {
      const isNew = when!.resolved.includes(conflictId) && before?.when?.resolved.includes(conflictId) !== true;
      if (isNew && field in fields && byPeople.includes(resolution ?? '')) bases = [fields[field]!.legacy];
    }
    if (before !== undefined) {
      const meanwhile = states.slice(Math.max(before.when!.events - 1, 0), when!.events);
      if (meanwhile.some((state) => sameMeaning(state.fields[field], before.value))) bases.push(before.value);
    }
    if (!sameMeaning(when!.from, before === undefined ? began : before.value)) bases = [when!.from];
  }
  return bases;
};

/**
 * Whether openhouse was killed while it wrote to the field, and the edit is the same as if its write had arrived, or never had and no one
 * had done anything.
 */
const isUnknowable = ({ value, when }: Deed): boolean =>
  when!.writing !== undefined &&
  (sameMeaning(when!.writing, value) || (when!.undated && sameMeaning(when!.writing, when!.from)));

/**
 * The states that a record had here, after each of its events. Nothing but a person changes a field, or the acceptance of a conflict with
 * what the field said before, and what it says then.
 */
const statesOf = async (
  { events }: World,
  type: 'listing' | 'lead',
  key: string,
  conflicts: readonly Decided[],
): Promise<readonly State[]> => {
  const { evolve, initialState } = recordAggregates[type].decider as unknown as Decider<unknown, DomainEvent, State>;
  const states: State[] = [];
  for (const { streamName, event, metadata } of await events()) {
    if (streamName !== `${type}-${key}`) continue;
    const before = states.at(-1);
    const after = evolve(before ?? initialState, event);
    states.push(after);
    if (before === undefined || metadata.$correlationId.startsWith('deed')) continue;
    const conflict = conflicts.find(({ conflictId }) => metadata.$causationId.startsWith(`conflict-${conflictId}-`));
    for (const { field } of fields[type]) {
      const [was, is] = [before.fields[field], after.fields[field]];
      if (sameMeaning(was, is)) continue;
      const seen = conflict?.fields[field];
      assert.ok(
        conflict !== undefined &&
          isAccepted(conflict, field) &&
          sameMeaning(seen?.openhouse, was) &&
          sameMeaning(seen?.legacy, is),
        `${type} ${key}: ${field} changed from ${JSON.stringify(was)} to ${JSON.stringify(is)}, which no one decided: ${JSON.stringify(conflict)}`,
      );
    }
  }
  return states;
};

type State = { readonly fields: Readonly<Record<string, unknown>> };

/** All that happened to a record, to understand a failure. */
const story = async (world: World, mine: readonly Deed[], key: string): Promise<string> => {
  const { rows: conflicts } = await sql`select * from ops.legacy_conflict where record_key = ${key} order by 1`.execute(
    world.db,
  );
  const events = (await world.events()).filter(({ streamName }) => streamName.endsWith(key));
  const lines = [
    ...mine.map((deed) => ({ deed })),
    ...conflicts.map((conflict) => ({ conflict })),
    ...events.map(({ type, event, metadata }) => ({ type, data: event.data, by: metadata.actor.kind })),
  ];
  return lines.map((line) => `\n  ${JSON.stringify(line)}`).join('');
};
