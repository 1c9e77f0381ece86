import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { sameMeaning } from '../../../../domain/changes.ts';
import type { Disputed } from '../../../../importers/differences/conflicts.ts';
import { type Conflict, openConflicts } from '../../../../importers/differences/conflicts.ts';
import { unwritten } from '../../../../importers/differences/outbox.ts';
import { loadMapping } from '../../../../importers/mappings/load-mapping.ts';
import { connectMongo } from '../../../../importers/mongo/connect.ts';
import { compareSides, type Differing } from '../../../../importers/owned/parity.ts';
import { loadOwned } from '../../../../importers/owned/record-view.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { type Deed, fields, recordsOf } from './people.ts';
import type { World } from './world.ts';

/**
 * Runs rounds until one of them has nothing left to do, and writes nothing anywhere.
 * @param feed whether the last round also feeds the read models
 */
export const settle = async (world: World, { feed = false } = {}): Promise<void> => {
  for (let round = 0; ; round++) {
    await world.timePasses();
    const before = await written(world);
    const lastCompared = await lastComparison(world);
    const did = await world.round({ thorough: true, feed });
    assert.deepEqual(did?.failed, []);
    const { read, events, written: writes, refused } = did!;
    const isRest = read + events + writes + refused === 0 && (await areComparedAfter(world, lastCompared));
    if (isRest && !(await isUnderWay(world))) {
      assert.deepEqual(await written(world), before);
      return;
    }
    assert.ok(round < 15, `it does not come to rest: ${JSON.stringify([did, await unwritten(world.db)])}`);
  }
};

/** How much was written to either side so far. */
const written = async (world: World) => ({ events: (await world.events()).length, writes: world.writes() });

/** When a collection was last compared, as text; before all times if none was. */
const lastComparison = async ({ db }: World): Promise<string> => {
  const { rows } = await sql<{ last: string }>`
    select coalesce(max(compared_at), '-infinity')::text as last from ops.import_follow`.execute(db);
  return rows[0]!.last;
};

/**
 * Whether all collections have been compared to their end since then. A round leaves out the comparison of a collection while its
 * write-back, or a killed round, holds the import lease; and an edit that changed no date is found by nothing else.
 */
const areComparedAfter = async ({ db }: World, last: string): Promise<boolean> => {
  const { rows } = await sql`
    select from ops.import_follow
    where sweep_after is not null or compared_at is null or compared_at <= ${last}::timestamptz`.execute(db);
  return rows.length === 0;
};

/**
 * Whether only one of the two sweeps that it takes has missed a document, or a record is due that waits for no decision: it was
 * found that its document is gone, after the round's sweep.
 */
const isUnderWay = async ({ db }: World): Promise<boolean> => {
  const { rows } = await sql`select from ops.import_document where gone_at is null and missed_sweeps > 0`.execute(db);
  return rows.length > 0 || (await unwritten(db)).some(({ conflictId }) => conflictId === null);
};

const bothTypes = ['listing', 'lead'] as const;

const differing = async ({ db, store, mongo }: World): Promise<readonly (Differing & { type: string })[]> => {
  const [connected, mapping] = [await connectMongo(mongo.url), await loadMapping()];
  const deps = { db, store, clock: fixedClock(new Date()) };
  const found: (Differing & { type: string })[] = [];
  for (const type of bothTypes) {
    const { examples } = await compareSides(deps, connected, type, { mapping, examples: Number.POSITIVE_INFINITY });
    found.push(...examples.map((one) => ({ ...one, type })));
  }
  await connected.close();
  return found;
};

/** At rest, both sides differ only in what a person has to decide about. */
export const differOnlyInConflicts = async (world: World): Promise<void> => {
  const conflicts = await openConflicts(world.db);
  for (const { type, recordKey, where, fields } of await differing(world)) {
    const conflict = conflicts.find((one) => one.aggregate === type && one.recordKey === recordKey);
    assert.ok(
      conflict !== undefined,
      `${type} ${recordKey} differs (${where}) without a conflict: ${JSON.stringify(fields)}`,
    );
    if (where !== 'both') continue;
    for (const { field, legacy } of fields) {
      // What was changed here meanwhile waits for the decision, and is not written.
      const disputed: Disputed | undefined = conflict.fields[field];
      if (disputed !== undefined)
        assert.deepEqual(disputed.legacy, legacy, `conflict of ${type} ${recordKey}: ${field}`);
    }
  }
  assert.deepEqual(
    (await unwritten(world.db)).filter(({ conflictId }) => conflictId === null),
    [],
  );
};

/** After all was decided, both sides say the same, and nothing goes to and fro any more. */
export const agree = async (world: World): Promise<void> => {
  assert.deepEqual(await openConflicts(world.db), []);
  assert.deepEqual(await differing(world), []);
  assert.deepEqual(await unwritten(world.db), []);
  await settle(world, { feed: true });
};

/**
 * The last that each side said about a field is in the end what both say, or was in a conflict with both sides in it; no
 * document was made twice. What someone deleted in the old CRM is hidden here, or a person decided about it: it is never inserted
 * again by itself, even if openhouse was killed before it knew that the document had arrived (see differences/inserts.ts).
 */
export const nothingIsLost = async (world: World, deeds: readonly Deed[]): Promise<void> => {
  const { rows: conflicts } = await sql<Pick<Conflict, 'aggregate' | 'recordKey' | 'fields'>>`
    select aggregate, record_key as "recordKey", fields from ops.legacy_conflict`.execute(world.db);
  for (const type of bothTypes) {
    const records = await recordsOf(world, type);
    const [collection, identity] =
      type === 'listing' ? (['properties', 'mlsId'] as const) : (['contacts', 'email'] as const);
    const documents = await world.mongo.client.db().collection(collection).find().toArray();
    const names = documents.map((document) => document[identity] as string);
    assert.deepEqual(names.length, new Set(names).size, `${collection}: a document twice`);
    for (const { key, name, began } of records) {
      const disputed = (field: string, side: 'legacy' | 'openhouse', value: unknown) =>
        conflicts.some(
          (one) =>
            one.aggregate === type &&
            one.recordKey === key &&
            field in one.fields &&
            sameMeaning(one.fields[field]![side], value),
        );
      const { state } = await loadOwned(world.store, type, key);
      const hides = type === 'listing' ? ['standardStatus', 'Delete'] : ['leadStage', 'Trash'];
      const mine = deeds.filter((deed) => deed.type === type && deed.name === name);
      const lastInLegacy = mine.findLast(({ side }) => side === 'legacy');
      if (lastInLegacy?.field === 'delete') {
        const isHidden = state.fields[hides[0]!] === hides[1];
        assert.ok(
          isHidden || disputed(hides[0]!, 'legacy', hides[1]),
          `${type} ${name}: the deletion is lost${await story(world, mine, key)}`,
        );
      }
      for (const { field } of fields[type])
        for (const side of ['legacy', 'openhouse'] as const) {
          const last = mine.findLastIndex((deed) => deed.side === side && deed.field === field);
          // What was deleted on the same side was taken back.
          const deleted = mine.findLastIndex((deed) => deed.side === 'legacy' && deed.field === 'delete');
          if (last < 0 || (side === 'legacy' && deleted > last)) continue;
          const { value } = mine[last]!;
          const stands = sameMeaning(state.fields[field], value);
          // Where both said something, each must have been confronted with the other, or the other one's value was accepted.
          const told =
            stands ||
            disputed(field, side, value) ||
            // It was there when the record began here: whoever changed it later has seen it.
            (side === 'legacy' && sameMeaning(began[field], value)) ||
            (side === 'openhouse' && replaced(mine, last, field, state.fields[field]));
          assert.ok(
            told,
            `${type} ${name} (${key}): ${side} said ${field} = ${JSON.stringify(value)}, now ${JSON.stringify(state.fields[field])}${await story(world, mine, key)}`,
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

/** A value of openhouse's may be replaced by the old CRM's only where that was accepted in a conflict. */
const replaced = (mine: readonly Deed[], at: number, field: string, now: unknown): boolean =>
  mine.some(
    (deed, index) => index < at && deed.side === 'legacy' && deed.field === field && sameMeaning(deed.value, now),
  );
