import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { Disputed } from '../../../../importers/differences/conflicts.ts';
import { openConflicts } from '../../../../importers/differences/conflicts.ts';
import { unwritten } from '../../../../importers/differences/outbox.ts';
import { loadMapping } from '../../../../importers/mappings/load-mapping.ts';
import { connectMongo } from '../../../../importers/mongo/connect.ts';
import { compareSides, type Differing } from '../../../../importers/owned/parity.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
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
