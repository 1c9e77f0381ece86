import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { jsonEvent } from '@eventstore/db-client';
import { sql } from 'kysely';
import { listings } from '../../../commands/aggregates.ts';
import { execute } from '../../../commands/execute.ts';
import { changeOwnership } from '../../../commands/ownership/change-ownership.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { type Conflict, conflictNumbered, openConflicts } from '../../../importers/differences/conflicts.ts';
import { noteEdits } from '../../../importers/differences/note-edits.ts';
import { conflictGroups, type Selection } from '../../../importers/differences/selecting.ts';
import { compileMapping } from '../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import type { MappingFile } from '../../../importers/mappings/schema.ts';
import { decidedFields } from '../../../importers/migrations/owned.ts';
import { carryOutDecisions, decisionNow } from '../../../importers/owned/deciding/decide-all.ts';
import { beginDecision, endDecision } from '../../../importers/owned/deciding/decision.ts';
import { lookAt } from '../../../importers/owned/deciding/look.ts';
import { loadOwned } from '../../../importers/owned/record-view.ts';
import { acceptConflict, refuseConflict, withOurSide } from '../../../importers/owned/resolve-conflict.ts';
import { remap } from '../../../importers/remap/remap.ts';
import { writeBackJob } from '../../../schedulers/old-crm/write-back.ts';
import { commandRunner } from '../../docs/documented-commands.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { until } from '../../support/until.ts';
import { property } from '../support/documents.ts';
import { byPerson, now, testImporter } from '../support/importer.ts';

const later = new Date('2026-02-01T00:00:00Z');
const by = { ...byPerson, reason: 'The new reading is right' };

/** The home-grown mapping, and the same without prices. */
const mappings = async () => {
  const mapping = await loadMapping();
  const { listings, ...others } = mapping.file;
  const { listPrice: _, ...fields } = listings!.fields as Record<string, unknown>;
  return { mapping, poor: compileMapping({ ...others, listings: { ...listings, fields } } as MappingFile) };
};

/**
 * Listings that openhouse owns and whose prices only a corrected mapping reads; some were edited in the old CRM, which has no prices of
 * those.
 */
const disputed = async (t: TestContext, { edited, read }: { readonly edited: number; readonly read: number }) => {
  const homes = Array.from({ length: edited + read }, (_, at) =>
    property({ beds: 3, ...(at < edited && { price: undefined }) }),
  );
  const importer = await testImporter(t);
  const { db, store } = importer;
  const { mapping, poor } = await mappings();
  await importer.import({ properties: homes }, { mapping: poor });
  await changeOwnership(store, 'listing', 'openhouse', byPerson);
  const edits = homes.slice(0, edited).map((home) => ({ ...home, beds: 4, updatedAt: later }));
  if (edited > 0) await importer.import({ properties: edits }, { mapping: poor });
  const deps = { db, store, clock: fixedClock(now) };
  await remap(deps, 'listings', { mapping });
  const before = (await importer.events()).length;
  return Object.assign(importer, {
    deps,
    homes,
    mapping,
    begin: async (action: 'accept' | 'refuse', selection: Selection, seen?: string) =>
      await beginDecision(db, { action, selection, seen: seen ?? (await lookAt(deps, selection)).seen }, by),
    carryOut: (given: Partial<typeof deps> = {}, signal?: AbortSignal) =>
      carryOutDecisions({ ...deps, ...given }, { signal, wait: true }),
    newEvents: async () => (await importer.events()).slice(before),
    counts: async (decisionId: string) => {
      const { selected, decided, rejected, changed, left, unseen, finishedAt } = await decisionNow(db, decisionId);
      return { selected, decided, rejected, changed, left, unseen, finished: finishedAt !== null };
    },
  });
};
const none = { selected: 0, decided: 0, rejected: 0, changed: 0, left: 0, unseen: 0, finished: true };
const reRead = { aggregate: 'listing', reason: 'mapping', fields: ['listPrice'] } as const;

/** An event store that fails, before or after it has appended, from the given append on. */
const failing = (store: EventStore, from: number, when: 'before' | 'after'): EventStore => {
  let count = 0;
  return {
    ...store,
    append: async (...given) => {
      const fails = ++count >= from;
      if (fails && when === 'before') throw new Error('killed');
      const appended = await store.append(...given);
      if (fails) throw new Error('killed');
      return appended;
    },
  };
};

test('a conflict says whether someone edited the document or a changed mapping reads it differently; many are listed in pages, or counted', async (t) => {
  const world = await disputed(t, { edited: 2, read: 3 });
  const { db, import: importing, homes, mapping } = world;
  const groups = async () =>
    (await conflictGroups(db)).map(({ reason, fields, count }) => `${count} ${reason} ${fields.join()}`);
  assert.deepEqual(await groups(), ['3 mapping listPrice', '2 edited bedroomsTotal']);
  // An edit makes it one of a person, which it stays when it is read again.
  await importing({ properties: [{ ...homes[4], beds: 5, updatedAt: later }] }, { mapping });
  assert.deepEqual(await groups(), [
    '2 edited bedroomsTotal',
    '2 mapping listPrice',
    '1 edited bedroomsTotal,listPrice',
  ]);

  const numbers = (await openConflicts(world.db)).map(({ conflictId }) => conflictId);
  type Listed = { conflicts: { conflictId: string }[]; count: number; next: string | null; groups: object[] };
  const run = commandRunner(world, '/tmp', {});
  const list = async (...options: string[]) => {
    const { code, result } = await run(['conflicts', 'list', ...options]);
    assert.equal(code, 3);
    return result as Listed;
  };
  const pages: string[][] = [];
  for (let next: string | null = '1'; next !== null; ) {
    const page: Listed = await list('--limit', '2', ...(pages.length === 0 ? [] : ['--after', next]));
    assert.equal(page.count, 5);
    pages.push(page.conflicts.map(({ conflictId }) => conflictId));
    next = page.next;
  }
  assert.deepEqual(pages, [numbers.slice(0, 2), numbers.slice(2, 4), numbers.slice(4)]);
  const { groups: counted, conflicts } = await list('--groups');
  assert.deepEqual([counted.length, conflicts], [3, undefined]);
  assert.deepEqual((await list('--reason', 'edited')).conflicts.length, 3);
});

test('a decision accepts the conflicts that are selected, in the name of the person who made it, and another refuses the rest', async (t) => {
  const world = await disputed(t, { edited: 2, read: 6 });
  const [merged, other] = (await openConflicts(world.db, reRead)) as [Conflict, Conflict];
  const before = (await world.events()).length;
  const decisionId = await world.begin('accept', reRead);
  // A record that has ended takes no values: its conflict stays open, and the others are decided.
  const merge = { type: 'MergeListingInto', listingKey: other.recordKey } as const;
  await execute(world.store, listings, merged.recordKey, [merge], byPerson);
  assert.deepEqual(
    (await world.carryOut()).map(({ conflictId }) => conflictId),
    [merged.conflictId],
  );
  assert.deepEqual(await world.counts(decisionId), { ...none, selected: 6, decided: 5, rejected: 1 });
  const events = (await world.events()).slice(before + 1);
  assert.deepEqual(
    events.map(({ type, metadata: { actor, reason } }) => ({ type, actor, reason })),
    Array(5).fill({ type: 'ListingDetailsCorrected', actor: by.actor, reason: by.reason }),
  );
  assert.equal(new Set(events.map(({ streamName }) => streamName)).size, 5);

  // Some have other fields, too: those are not selected by field.
  const open = await openConflicts(world.db);
  assert.deepEqual(
    open.map(({ reason }) => reason),
    ['edited', 'edited', 'mapping'],
  );
  assert.equal((await world.counts(await world.begin('refuse', { fields: ['livingArea'] }))).selected, 0);
  const refusal = await world.begin('refuse', { fields: ['bedroomsTotal', 'listPrice'] });
  // Someone who looked before that, and decides before it is carried out, is told that others have decided.
  const late = await world.begin('accept', {});
  await world.carryOut();
  assert.deepEqual(await world.counts(late), { ...none, selected: 3, changed: 3 });
  assert.deepEqual(await world.counts(refusal), { ...none, selected: 3, decided: 3 });
  assert.equal((await world.events()).length, before + 6);
  for (const { conflictId } of open) {
    const { resolution, resolvedBy, because } = (await conflictNumbered(world.db, conflictId))!;
    assert.deepEqual([resolution, resolvedBy, because], ['refused', 'me', by.reason]);
  }
});

test('a decision can accept only some fields of each conflict and refuse the others, and is not about conflicts that have none of them', async (t) => {
  const world = await disputed(t, { edited: 2, read: 2 });
  const [both] = await openConflicts(world.db, { reason: 'edited' });
  const { aggregate, recordKey, document, reason } = both!;
  const disputedToo = { listPrice: { before: null, legacy: 1_000, openhouse: null } };
  const sides = { disputed: disputedToo, legacy: { listPrice: 1_000, bedroomsTotal: 4 }, ours: { bedroomsTotal: 3 } };
  await noteEdits(world.db, aggregate, [{ recordKey, document, reason, ...sides }], later);
  const run = commandRunner(world, '/tmp', {});
  const deciding = ['conflicts', 'accept', '--type', 'listing', '--only', 'list price'];
  await assert.rejects(
    run(['conflicts', 'accept', '--type', 'listing', '--only', 'colour', '--dry-run']),
    /no field "colour"/,
  );
  const { result: look } = await run([...deciding, '--dry-run']);
  const { count, seen } = look as { count: number; seen: string };
  assert.equal(count, 3);
  const { result } = await run([...deciding, '--seen', seen, '--because', 'Beds were counted here']);
  const { decided, decisionId } = result as { decided: number; decisionId: string };
  assert.deepEqual([decided, (await decisionNow(world.db, decisionId)).acceptedFields], [3, ['listPrice']]);
  const { resolution, fields } = (await conflictNumbered(world.db, both!.conflictId))!;
  assert.deepEqual(
    [resolution, fields.listPrice?.acceptedYN, fields.bedroomsTotal?.acceptedYN],
    ['partly accepted', true, false],
  );
  const state = (await loadOwned(world.store, 'listing', recordKey)).state;
  assert.deepEqual([state.fields.listPrice, state.fields.bedroomsTotal], [1_000, 3]);
  const open = await openConflicts(world.db);
  assert.deepEqual(
    open.map((one) => Object.keys(one.fields)),
    [['bedroomsTotal']],
  );
});

test('a decision whose process was killed is completed without an old CRM, too: by the next command about one conflict, or by `start`', async (t) => {
  const world = await disputed(t, { edited: 3, read: 4 });
  const run = commandRunner(world, '/tmp', {});
  const decisionId = await world.begin('accept', reRead);
  const [one, other] = (await openConflicts(world.db, { reason: 'edited' })) as [Conflict, Conflict];
  await run(['conflicts', 'refuse', one.conflictId, '--because', 'Beds were counted here']);
  assert.deepEqual(await world.counts(decisionId), { ...none, selected: 4, decided: 4 });

  const next = await world.begin('refuse', { reason: 'edited' });
  const signal = new AbortController().signal;
  await writeBackJob.run({ ...world.deps, signal } as unknown as Parameters<typeof writeBackJob.run>[0]);
  assert.deepEqual(await world.counts(next), { ...none, selected: 2, decided: 2 });
  assert.equal((await conflictNumbered(world.db, other.conflictId))?.resolution, 'refused');
});

test('conflicts from before there were reasons get one where the documents still say it', async (t) => {
  const world = await disputed(t, { edited: 1, read: 2 });
  await sql`update ops.legacy_conflict set reason = 'edited'`.execute(world.db);
  const [, read] = (await openConflicts(world.db)) as [Conflict, Conflict];
  await sql`
    update ops.import_document set gone_at = now() where record_key = ${read.recordKey}`.execute(world.db);
  await sql`alter table ops.conflict_decision drop column accepted_fields`.execute(world.db);
  await decidedFields.up(world.db as never);
  const reasons = (await openConflicts(world.db)).map(({ reason, fields }) => [reason, Object.keys(fields).join()]);
  assert.deepEqual(reasons, [
    ['edited', 'bedroomsTotal'],
    ['deleted', 'listPrice'],
    ['mapping', 'listPrice'],
  ]);
});

test('nothing is decided about what has come or changed, on either side, since the person looked or decided', async (t) => {
  const world = await disputed(t, { edited: 0, read: 6 });
  const { seen } = await lookAt(world.deps, reRead);
  const edit = (at: number, price: number) =>
    world.import(
      { properties: [{ ...world.homes[at], price, updatedAt: new Date(later.getTime() + price) }] },
      { mapping: world.mapping },
    );
  const conflicts = await openConflicts(world.db);
  const correctHere = async ({ recordKey }: Conflict) =>
    await execute(world.store, listings, recordKey, [{ type: 'CorrectListing', changes: { listPrice: 1 } }], byPerson);
  const documentOf = ({ document }: Conflict) => world.homes.findIndex(({ _id }) => document.endsWith(String(_id)));
  await edit(documentOf(conflicts[0]!), 460_000);
  await correctHere(conflicts[1]!);
  const decisionId = await world.begin('refuse', { aggregate: 'listing' }, seen);
  assert.deepEqual(await world.counts(decisionId), { ...none, selected: 5, unseen: 1, left: 5, finished: false });
  await edit(documentOf(conflicts[2]!), 470_000);
  await correctHere(conflicts[3]!);
  await world.carryOut();
  assert.deepEqual(await world.counts(decisionId), { ...none, selected: 5, decided: 2, changed: 3, unseen: 1 });
  const open = await openConflicts(world.db);
  assert.deepEqual(
    open.map(({ conflictId }) => conflictId),
    conflicts.slice(0, 4).map(({ conflictId }) => conflictId),
  );
  // The sides are shown as they are now.
  assert.deepEqual(
    open.map(({ fields }) => [fields.listPrice?.legacy, fields.listPrice?.openhouse]),
    [
      [460_000, null],
      [450_000, 1],
      [470_000, null],
      [450_000, 1],
    ],
  );
});

test('a decision that is killed goes on where it stopped, and decides nothing twice', async (t) => {
  const world = await disputed(t, { edited: 0, read: 60 });
  const decisionId = await world.begin('accept', reRead);
  let before = 0;
  for (const when of ['before', 'after'] as const) {
    await assert.rejects(world.carryOut({ store: failing(world.store, 10, when) }), /killed/);
    const { decided, left, finished } = await world.counts(decisionId);
    assert.ok(decided > before && left > 0 && !finished, `${decided} ${left}`);
    before = decided;
  }
  // Meanwhile a person refuses one of them, or learns that it was accepted.
  const [one] = (await openConflicts(world.db)) as [Conflict];
  await refuseConflict(world.deps, one.conflictId, by).catch(() => {});
  await world.carryOut();
  assert.deepEqual(await world.counts(decisionId), { ...none, selected: 60, decided: 59, changed: 1 });
  const events = await world.newEvents();
  const refused = (await conflictNumbered(world.db, one.conflictId))?.resolution === 'refused' ? 1 : 0;
  assert.equal(events.length, 60 - refused);
  assert.equal(new Set(events.map(({ streamName }) => streamName)).size, 60 - refused);
  assert.deepEqual(await openConflicts(world.db), []);
});

test('a person who stops a decision leaves the conflicts whose turn has not come to be decided', async (t) => {
  const world = await disputed(t, { edited: 0, read: 40 });
  const decisionId = await world.begin('accept', reRead);
  const stop = new AbortController();
  const store: EventStore = {
    ...world.store,
    append: async (...given) => {
      stop.abort(new Error('stopped'));
      return await world.store.append(...given);
    },
  };
  await assert.rejects(world.carryOut({ store }, stop.signal), /stopped/);
  await endDecision(world.db, decisionId, later);
  await world.carryOut();
  const { decided, left, finished } = await world.counts(decisionId);
  const open = await openConflicts(world.db);
  assert.deepEqual([left, finished, open.length], [0, true, 40 - decided]);
  assert.ok(decided > 0 && open.length > 0);
  // The command does the same, and says that it was stopped.
  const run = commandRunner(world, '/tmp', {});
  const selecting = ['--type', 'listing', '--reason', 'mapping', '--fields', 'List price', '--because', 'It is right'];
  const { seen } = await lookAt(world.deps, reRead);
  const stopped = run(['conflicts', 'accept', ...selecting, '--seen', seen], AbortSignal.abort(new Error('stopped')));
  await assert.rejects(stopped, /stopped before all of them were decided/);
  assert.equal((await openConflicts(world.db)).length, open.length);
  await assert.rejects(run(['conflicts', 'accept', ...selecting]), /look first/);
  const { code, result } = await run(['conflicts', 'accept', ...selecting, '--seen', seen]);
  const { decided: now, stopped: wasStopped } = result as { decided: number; stopped: boolean };
  assert.deepEqual([code, now, wasStopped], [0, open.length, false]);
});

test('a conflict that changes in the moment of the decision stays open', async (t) => {
  const { db, begin, counts, deps, ...world } = await disputed(t, { edited: 0, read: 2 });
  const { seen } = await lookAt(deps, reRead);
  const [first] = (await openConflicts(db)) as [Conflict];
  const { aggregate, recordKey, document, reason } = first;
  let deciding: Promise<string> | undefined;
  await db.transaction().execute(async (transaction) => {
    const disputedThen = { listPrice: { before: null, legacy: 1_000, openhouse: null } };
    const edit = {
      recordKey,
      document,
      reason,
      disputed: disputedThen,
      legacy: { listPrice: 1_000 },
      ours: {},
    };
    await noteEdits(transaction, aggregate, [edit], later);
    deciding = begin('accept', reRead, seen);
    await until('the decision to wait', async () => {
      const { rows } = await sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
      return rows.length > 0;
    });
  });
  const decisionId = (await deciding)!;
  assert.deepEqual(await counts(decisionId), { ...none, selected: 1, unseen: 1, left: 1, finished: false });
  await world.carryOut();
  assert.deepEqual(
    (await openConflicts(db)).map(({ conflictId }) => conflictId),
    [first.conflictId],
  );
});

test('a record whose history cannot be read holds up neither a decision nor a look', async (t) => {
  const world = await disputed(t, { edited: 0, read: 4 });
  const [first, second] = (await openConflicts(world.db)) as [Conflict, Conflict];
  const { client } = await world.store.connection.node();
  const decisionId = await world.begin('accept', reRead);
  await client.appendToStream(`listing-${first.recordKey}`, [jsonEvent({ type: 'ListingTeleported', data: {} })]);
  await client.tombstoneStream(`listing-${second.recordKey}`);
  const rejected = await world.carryOut();
  assert.deepEqual(rejected.map(({ conflictId }) => conflictId).sort(), [first.conflictId, second.conflictId]);
  assert.deepEqual(await world.counts(decisionId), { ...none, selected: 4, decided: 2, rejected: 2 });
  assert.equal((await lookAt(world.deps, reRead)).count, 2);
  // Each is still shown, and says why it cannot be decided.
  for (const [one, why] of [
    [first, /cannot be (accepted|refused): Its history cannot be read/],
    [second, /cannot be (accepted|refused): Its history was deleted for good/],
  ] as const) {
    assert.equal(await withOurSide(world.db, world.store, one), one);
    for (const decide of [acceptConflict, refuseConflict])
      await assert.rejects(decide(world, one.conflictId, by), { name: 'UserError', message: why });
  }
});

test('only what a look was called names one', async (t) => {
  const world = await disputed(t, { edited: 0, read: 1 });
  for (const seen of ['5:3:', '99999999999999999999:99999999999999999999:', '900000000:900000000:', 'x'])
    await assert.rejects(world.begin('refuse', reRead, seen), { code: 'look-unknown' }, seen);
  assert.equal((await openConflicts(world.db)).length, 1);
});
