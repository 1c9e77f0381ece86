import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { listings } from '../../../commands/aggregates.ts';
import { execute } from '../../../commands/execute.ts';
import { changeOwnership } from '../../../commands/ownership/change-ownership.ts';
import type { OwnedType } from '../../../domain/ownership/index.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { type Conflict, conflictNumbered, openConflicts } from '../../../importers/differences/conflicts.ts';
import { noteEdits } from '../../../importers/differences/note-edits.ts';
import { readPlaces } from '../../../importers/legacy/read-places.ts';
import { loadOwned } from '../../../importers/owned/record-view.ts';
import {
  acceptConflict,
  closeIfAgreed,
  refuseConflict,
  sidesOf,
  withOurSide,
} from '../../../importers/owned/resolve-conflict.ts';
import { activity, contact, property, user } from '../support/documents.ts';
import { byPerson, type TestImporter, testImporter } from '../support/importer.ts';

const later = new Date('2026-02-01T00:00:00Z');
const because = { ...byPerson, reason: 'Asked the owner' };

/** An importer with these documents, whose types openhouse owns. */
const owning = async (t: TestContext, documents: Parameters<TestImporter['import']>[0], ...types: OwnedType[]) => {
  const importer = await testImporter(t);
  await importer.import(documents);
  for (const type of types) await changeOwnership(importer.store, type, 'openhouse', byPerson);
  const before = (await importer.events()).length;
  return Object.assign(importer, { newTypes: () => importer.types(before) });
};

/** Accepts a conflict as if the process had died between the correction and the closing. @returns how it would have been closed */
const acceptedAndKilled = async (world: TestImporter, one: Conflict, only: readonly string[] = []) => {
  await acceptConflict(world, one.conflictId, because, only.length === 0 ? undefined : only);
  const closed = await conflictNumbered(world.db, one.conflictId);
  await sql`
    update ops.legacy_conflict set resolved_at = null, resolution = null, resolved_by = null, because = null,
      fields = ${JSON.stringify(one.fields)}::json
    where conflict_id = ${one.conflictId}::bigint`.execute(world.db);
  return closed;
};

test('an edit of a record that openhouse owns is not applied, but kept with both sides', async (t) => {
  const home = property();
  const world = await owning(t, { properties: [home] }, 'listing');
  await world.import({ properties: [{ ...home, price: 475_000, updatedAt: later }] });
  assert.deepEqual(await world.newTypes(), []);
  const [conflict, ...others] = await openConflicts(world.db);
  assert.deepEqual(conflict?.fields, { listPrice: { before: 450_000, legacy: 475_000, openhouse: 450_000 } });
  assert.equal(others.length, 0);
});

test('an accepted edit is a correction by the person', async (t) => {
  const home = property();
  const world = await owning(t, { properties: [home] }, 'listing');
  await world.import({ properties: [{ ...home, price: 475_000, updatedAt: later }] });
  const [conflict] = await openConflicts(world.db);
  let reads = 0;
  const readStream: EventStore['readStream'] = (...given) => {
    reads++;
    return world.store.readStream(...given);
  };
  await acceptConflict({ db: world.db, store: { ...world.store, readStream } }, conflict!.conflictId, because);
  assert.equal(reads, 1);
  const last = (await world.events()).at(-1)!;
  assert.deepEqual(
    [last.type, last.metadata.actor, last.metadata.reason],
    ['ListingDetailsCorrected', byPerson.actor, 'Asked the owner'],
  );
  const { state } = await loadOwned(world.store, conflict!.aggregate, conflict!.recordKey);
  assert.equal(state.fields.listPrice, 475_000);
  assert.deepEqual(await openConflicts(world.db), []);
});

test('a refused edit changes nothing here and is not asked about again', async (t) => {
  const home = property();
  const world = await owning(t, { properties: [home] }, 'listing');
  const edited = { ...home, price: 475_000, updatedAt: later };
  await world.import({ properties: [edited] });
  const [conflict] = await openConflicts(world.db);
  await refuseConflict(world, conflict!.conflictId, because);
  await world.import({ properties: [edited] });
  assert.deepEqual([await world.newTypes(), await openConflicts(world.db)], [[], []]);
  await assert.rejects(acceptConflict(world, conflict!.conflictId, because), /was already refused/);
});

test('no one decides about values that have changed since they saw them', async (t) => {
  const home = property();
  const world = await owning(t, { properties: [home] }, 'listing');
  await world.import({ properties: [{ ...home, price: 475_000, updatedAt: later }] });
  const [shown] = await openConflicts(world.db);
  await world.import({ properties: [{ ...home, price: 480_000, updatedAt: new Date('2026-02-02T00:00:00Z') }] });
  const { conflictId } = shown!;
  await assert.rejects(acceptConflict(world, conflictId, because, ['listPrice'], sidesOf(shown!)), /has been changed/);
  await assert.rejects(refuseConflict(world, conflictId, because, sidesOf(shown!)), /has been changed/);
  assert.deepEqual(await world.newTypes(), []);
  const [now] = await openConflicts(world.db);
  await acceptConflict(world, conflictId, because, ['listPrice'], sidesOf(now!));
  const { state } = await loadOwned(world.store, now!.aggregate, now!.recordKey);
  assert.equal(state.fields.listPrice, 480_000);
});

test('accepting some fields of an address, or all of one that was changed here too, keeps the whole in step', async (t) => {
  const [some, all, kind] = [
    property({ address: '125 Oak Ave, Boca Raton, FL 33432' }),
    property({ address: '125 Oak Ave, Boca Raton, FL 33432' }),
    property({ type: 'Condo' }),
  ];
  const world = await owning(t, { properties: [some, all, kind] }, 'listing');
  const delray = { address: '9 Elm St, Delray Beach, FL 33444', city: 'Delray Beach', zip: '33444', updatedAt: later };
  await world.import({
    properties: [
      { ...some, ...delray },
      { ...all, ...delray, address: '125 Oak Ave, Delray Beach, FL 33444' },
      { ...kind, type: 'Duplex', updatedAt: later },
    ],
  });
  const open = await openConflicts(world.db);
  const about = ({ _id }: typeof some) => open.find(({ document }) => document.endsWith(String(_id)))!;
  const [first, second, third] = [about(some), about(all), about(kind)];
  const fieldsOf = async ({ recordKey }: Conflict) => (await loadOwned(world.store, 'listing', recordKey)).state.fields;

  await acceptConflict(world, first.conflictId, because, ['city']);
  const partly = await fieldsOf(first);
  assert.deepEqual([partly.streetName, partly.city], ['Oak Ave', 'Delray Beach']);
  assert.match(String(partly.unparsedAddress), /^125 Oak Ave, Delray Beach, FL/);

  const changes = { streetName: 'Pine St' };
  const ours = [{ type: 'CorrectListing' as const, changes, places: readPlaces }];
  assert.ok((await execute(world.store, listings, second.recordKey, ours, byPerson)).ok);
  await withOurSide(world.db, world.store, second);
  await acceptConflict(world, second.conflictId, because);
  const whole = await fieldsOf(second);
  assert.deepEqual(
    [whole.unparsedAddress, whole.streetName, whole.city],
    ['125 Oak Ave, Delray Beach, FL 33444', 'Oak Ave', 'Delray Beach'],
  );

  await acceptConflict(world, third.conflictId, because, ['propertySubType']);
  const { propertyType, propertySubType } = await fieldsOf(third);
  assert.deepEqual([propertyType, propertySubType], ['Residential Income', 'Duplex']);
});

test('a conflict that was accepted by someone whose process died is closed in their name, by whoever looks at it next', async (t) => {
  const homes = [property(), property(), property()];
  const world = await owning(t, { properties: homes }, 'listing');
  const edited = { price: 475_000, beds: 4, updatedAt: later };
  await world.import({ properties: homes.map((home) => ({ ...home, ...edited })) });
  const [whole, partly, unfinished] = (await openConflicts(world.db)) as [Conflict, Conflict, Conflict];
  const reopened = (one: Conflict, ...only: string[]) => acceptedAndKilled(world, one, only);
  const before = await reopened(whole);
  await assert.rejects(acceptConflict(world, whole.conflictId, because), /was already accepted/);
  assert.deepEqual(await conflictNumbered(world.db, whole.conflictId), before);

  const closed = await reopened(partly, 'listPrice');
  await closeIfAgreed(world.db, world.store, partly, later);
  assert.deepEqual(await conflictNumbered(world.db, partly.conflictId), closed);
  assert.deepEqual([closed?.resolution, closed?.resolvedBy], ['partly accepted', 'me']);

  // Meanwhile the old CRM says something that they have not seen.
  await reopened(unfinished, 'listPrice');
  await world.import({
    properties: [{ ...homes[2]!, ...edited, beds: 5, updatedAt: new Date(later.getTime() + 1_000) }],
  });
  await closeIfAgreed(world.db, world.store, (await openConflicts(world.db))[0]!, later);
  assert.deepEqual(
    (await openConflicts(world.db)).map(({ fields }) => Object.keys(fields)),
    [['bedroomsTotal']],
  );
});

test('an edit after an acceptance whose process died does not change what was decided, and is decided itself', async (t) => {
  const [undone, further] = [property(), property({ beds: 3 })];
  const world = await owning(t, { properties: [undone, further] }, 'listing');
  const edited = { price: 475_000, updatedAt: later };
  await world.import({ properties: [undone, further].map((home) => ({ ...home, ...edited })) });
  const accepted: (Conflict | undefined)[] = [];
  for (const one of await openConflicts(world.db)) accepted.push(await acceptedAndKilled(world, one));
  const updatedAt = new Date(later.getTime() + 1_000);
  await world.import({
    properties: [
      { ...undone, updatedAt },
      { ...further, price: 475_000, beds: 4, updatedAt },
    ],
  });
  for (const one of accepted) assert.deepEqual(await conflictNumbered(world.db, one!.conflictId), one);
  assert.deepEqual(
    new Set((await openConflicts(world.db)).map(({ fields }) => fields)),
    new Set([
      { listPrice: { before: 475_000, legacy: 450_000, openhouse: 475_000 } },
      { bedroomsTotal: { before: 3, legacy: 4, openhouse: 3 } },
    ]),
  );
});

test('an acceptance that failed because the old CRM said something else by then does not count for a later edit', async (t) => {
  const home = property();
  const world = await owning(t, { properties: [home] }, 'listing');
  await world.import({ properties: [{ ...home, price: 475_000, updatedAt: later }] });
  const [{ conflictId, aggregate, recordKey, document, lastSeenAt }] = (await openConflicts(world.db)) as [Conflict];
  let seconds = 0;
  const edit = async (legacy: number, openhouse: number) => {
    const disputed = { listPrice: { before: 450_000, legacy, openhouse } };
    const said = { legacy: { listPrice: legacy }, ours: { listPrice: openhouse } };
    const at = new Date(lastSeenAt.getTime() + ++seconds * 1_000);
    await noteEdits(world.db, aggregate, [{ recordKey, document, reason: 'edited', disputed, ...said }], at);
  };
  const store: EventStore = {
    ...world.store,
    append: async (...given) => {
      await edit(480_000, 450_000);
      return await world.store.append(...given);
    },
  };
  await assert.rejects(acceptConflict({ db: world.db, store }, conflictId, because), /has been changed in the old CRM/);
  const changes = { listPrice: 460_000 };
  await execute(world.store, listings, recordKey, [{ type: 'CorrectListing', changes }], byPerson);
  await edit(475_000, 460_000);
  const [again] = (await openConflicts(world.db)) as [Conflict];
  await closeIfAgreed(world.db, world.store, again, later);
  assert.deepEqual(await openConflicts(world.db), [again]);
});

test('edits of many records are noted together: each opens, extends or closes the one conflict of its record', async (t) => {
  const { db } = await testImporter(t);
  type Prices = Record<string, { before: number | null; legacy: number; openhouse: number }>;
  const note = async (prices: Prices, at: Date) => {
    const edits = Object.entries(prices).map(([recordKey, price]) => ({
      ...{ recordKey, document: `properties/${recordKey}`, reason: 'edited' as const, disputed: { listPrice: price } },
      ...{ legacy: { listPrice: price.legacy }, ours: { listPrice: price.openhouse } },
    }));
    await noteEdits(db, 'listing', edits, at);
  };
  const first = { before: null, legacy: 3, openhouse: 2 };
  await note({ grows: first, undone: { ...first, before: 1 }, agreed: first, stays: first }, later);
  const second = { before: 3, legacy: 4, openhouse: 2 };
  const undone = { ...second, legacy: 1 };
  await note({ undone, agreed: { ...second, openhouse: 4 }, new: second, grows: second }, new Date(+later + 1_000));
  const { rows } = await sql<{ record_key: string; resolution: string | null; price: object }>`
    select record_key, resolution, fields -> 'listPrice' as price from ops.legacy_conflict order by record_key`.execute(
    db,
  );
  assert.deepEqual(
    rows.map(({ record_key, resolution, price }) => [record_key, resolution, price]),
    [
      ['agreed', 'agreed', first],
      // What it said before the first edit: empty.
      ['grows', null, { ...second, before: null }],
      ['new', null, second],
      ['stays', null, first],
      ['undone', 'withdrawn', { ...first, before: 1 }],
    ],
  );
});

test('a conflict is left alone while someone decides about it', async (t) => {
  const home = property();
  const world = await owning(t, { properties: [home] }, 'listing');
  await world.import({ properties: [{ ...home, price: 475_000, updatedAt: later }] });
  const [conflict] = (await openConflicts(world.db)) as [Conflict];
  // Between a correction and the decision that it belongs to, both sides agree.
  const store: EventStore = {
    ...world.store,
    append: async (...given) => {
      const appended = await world.store.append(...given);
      await closeIfAgreed(world.db, world.store, conflict, later);
      return appended;
    },
  };
  await acceptConflict({ db: world.db, store }, conflict.conflictId, because);
  const closed = await conflictNumbered(world.db, conflict.conflictId);
  assert.deepEqual([closed?.resolution, closed?.resolvedBy], ['accepted', 'me']);
});

test('a conflict is closed when the edit is undone in the old CRM', async (t) => {
  const home = property();
  const world = await owning(t, { properties: [home] }, 'listing');
  await world.import({ properties: [{ ...home, price: 475_000, updatedAt: later }] });
  await world.import({ properties: [{ ...home, updatedAt: new Date('2026-02-02T00:00:00Z') }] });
  assert.deepEqual(await openConflicts(world.db), []);
});

test('an edit that openhouse has taken over and that is then undone in the old CRM is a conflict', async (t) => {
  const home = property();
  const world = await owning(t, { properties: [home] }, 'listing');
  await world.import({ properties: [{ ...home, price: 475_000, updatedAt: later }] });
  const [{ recordKey }] = (await openConflicts(world.db)) as [Conflict];
  const changes = { listPrice: 475_000 };
  await execute(world.store, listings, recordKey, [{ type: 'CorrectListing', changes }], byPerson);
  await world.import({ properties: [{ ...home, updatedAt: new Date('2026-02-02T00:00:00Z') }] });
  assert.deepEqual(
    (await openConflicts(world.db)).map(({ fields }) => fields),
    [{ listPrice: { before: 475_000, legacy: 450_000, openhouse: 475_000 } }],
  );
});

test('a conflict that is closed because both sides agree shows what openhouse says by then', async (t) => {
  const home = property();
  const { db, store, ...world } = await owning(t, { properties: [home] }, 'listing');
  await world.import({ properties: [{ ...home, price: 475_000, updatedAt: later }] });
  const [conflict] = await openConflicts(db);
  const changes = { listPrice: 475_000 };
  await execute(store, listings, conflict!.recordKey, [{ type: 'CorrectListing', changes }], byPerson);
  await closeIfAgreed(db, store, conflict!, later);
  const closed = await conflictNumbered(db, conflict!.conflictId);
  assert.deepEqual(
    [closed?.resolution, closed?.fields],
    ['agreed', { listPrice: { before: 450_000, legacy: 475_000, openhouse: 475_000 } }],
  );
});

test('an edit to the value that openhouse already has is not a conflict', async (t) => {
  const home = property();
  const world = await owning(t, { properties: [home] }, 'listing');
  const listingKey = (await world.events())[0]!.streamName.slice('listing-'.length);
  await execute(
    world.store,
    listings,
    listingKey,
    [{ type: 'CorrectListing', changes: { listPrice: 475_000 } }],
    byPerson,
  );
  const before = (await world.events()).length;
  await world.import({ properties: [{ ...home, price: 475_000, updatedAt: later }] });
  assert.deepEqual([(await world.types(before)).length, await openConflicts(world.db)], [0, []]);
});

test('further edits of a record grow its one conflict', async (t) => {
  const home = property();
  const world = await owning(t, { properties: [home] }, 'listing');
  await world.import({ properties: [{ ...home, price: 475_000, updatedAt: later }] });
  const again = new Date('2026-02-02T00:00:00Z');
  await world.import({ properties: [{ ...home, price: 475_000, beds: 3, status: 'Pending', updatedAt: again }] });
  const conflicts = await openConflicts(world.db);
  assert.deepEqual(
    conflicts.map(({ fields }) => Object.keys(fields).sort()),
    [['bedroomsTotal', 'listPrice', 'mlsStatus', 'standardStatus']],
  );
});

test('new documents still become records, and other record types still flow in', async (t) => {
  const [home, agent] = [property(), user()];
  const world = await owning(t, { properties: [home], users: [agent] }, 'listing');
  await world.import({ properties: [home, property()], users: [{ ...agent, name: 'Maria Lopez', updatedAt: later }] });
  assert.deepEqual((await world.newTypes()).sort(), ['AgentDetailsCorrected', 'ListingEntered']);
});

test('an edited e-mail address does not merge two leads that openhouse owns', async (t) => {
  const [one, other] = [contact(), contact({ name: 'Ben Cole' })];
  const world = await owning(t, { contacts: [one, other] }, 'lead');
  await world.import({ contacts: [one, { ...other, email: one.email, updatedAt: later }] });
  assert.deepEqual(await world.newTypes(), []);
  const [conflict] = await openConflicts(world.db);
  assert.deepEqual(Object.keys(conflict?.fields ?? {}), ['email']);
});

test('an opt-out and activities of a lead that openhouse owns count at once', async (t) => {
  const buyer = contact();
  const world = await owning(t, { contacts: [buyer] }, 'lead');
  await world.import({
    contacts: [{ ...buyer, emailOptOut: true, stage: 'hot', updatedAt: later }],
    activities: [activity(buyer._id)],
  });
  assert.deepEqual((await world.newTypes()).sort(), ['LeadActivityLogged', 'LeadOptedOut']);
  const [conflict] = await openConflicts(world.db);
  assert.deepEqual(Object.keys(conflict?.fields ?? {}), ['leadStage']);
});

test('what openhouse says about a conflict has changed since it was shown: it is shown again before it is decided', async (t) => {
  const home = property();
  const world = await owning(t, { properties: [home] }, 'listing');
  await world.import({ properties: [{ ...home, price: 475_000, updatedAt: later }] });
  const [{ conflictId, recordKey }] = (await openConflicts(world.db)) as [Conflict];
  await execute(
    world.store,
    listings,
    recordKey,
    [{ type: 'CorrectListing', changes: { listPrice: 460_000 } }],
    byPerson,
  );
  await assert.rejects(acceptConflict(world, conflictId, because), /has been changed in openhouse since it was shown/);
  const [shown] = await openConflicts(world.db);
  assert.deepEqual(shown?.fields, { listPrice: { before: 450_000, legacy: 475_000, openhouse: 460_000 } });
  // Others correct it between the look and the append: another field, then this one.
  const another = { ...byPerson, correlationId: 'another' };
  const others = [{ bedroomsTotal: 7 }, { listPrice: 465_000 }];
  const store: EventStore = {
    ...world.store,
    append: async (...given) => {
      const changes = others.shift();
      if (changes !== undefined)
        await execute(world.store, listings, recordKey, [{ type: 'CorrectListing', changes }], another);
      return await world.store.append(...given);
    },
  };
  const accepting = acceptConflict({ db: world.db, store }, conflictId, because);
  await assert.rejects(accepting, /has been changed in openhouse since it was shown/);
  const [changed] = (await openConflicts(world.db)) as [Conflict];
  assert.deepEqual(changed.fields, { listPrice: { before: 450_000, legacy: 475_000, openhouse: 465_000 } });
  others.push({ bedroomsTotal: 8 });
  await acceptConflict({ db: world.db, store }, conflictId, because);
  assert.deepEqual(await openConflicts(world.db), []);
  const { listPrice, bedroomsTotal } = (await loadOwned(world.store, 'listing', recordKey)).state.fields;
  assert.deepEqual([listPrice, bedroomsTotal], [475_000, 8]);
});

test('values that are no longer valid are reported instead of accepted, and can be refused', async (t) => {
  const home = property();
  const world = await owning(t, { properties: [home] }, 'listing');
  await world.import({ properties: [{ ...home, price: 475_000, updatedAt: later }] });
  const [{ conflictId }] = (await openConflicts(world.db)) as [Conflict];
  // As an earlier release may have kept them.
  for (const [name, legacy, openhouse] of [
    ['listPrice', -5, 450_000],
    ['listPrice', 'a lot', 450_000],
    ['standardStatus', 'Gone', 'Active'],
    ['noLongerThere', 1, null],
  ]) {
    const fields = { [name as string]: { before: openhouse, legacy, openhouse } };
    await sql`update ops.legacy_conflict set fields = ${JSON.stringify(fields)}::json`.execute(world.db);
    const accepting = acceptConflict(world, conflictId, because);
    await assert.rejects(accepting, { name: 'UserError', code: 'event-not-valid', hint: /^Refuse it, or correct/ });
  }
  assert.deepEqual([(await world.newTypes()).length, (await openConflicts(world.db)).length], [0, 1]);
  await refuseConflict(world, conflictId, because);
});

test('of two people who decide at once, one does, and the other is told that it was already decided', async (t) => {
  const home = property();
  const world = await owning(t, { properties: [home] }, 'listing');
  for (let price = 475_000; price < 480_000; price += 1_000) {
    const updatedAt = new Date(later.getTime() + price);
    await world.import({ properties: [{ ...home, price, updatedAt }] });
    const [{ conflictId, aggregate, recordKey }] = (await openConflicts(world.db)) as [Conflict];
    const before = (await loadOwned(world.store, aggregate, recordKey)).state.fields.listPrice;
    const decisions = await Promise.allSettled([
      acceptConflict(world, conflictId, { ...because, causationId: `accepted ${price}` }),
      refuseConflict(world, conflictId, because),
    ]);
    const failed = decisions.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : []));
    const resolution = (await conflictNumbered(world.db, conflictId))?.resolution;
    assert.deepEqual(failed, [`conflict ${conflictId} was already ${resolution}`]);
    const { state } = await loadOwned(world.store, aggregate, recordKey);
    assert.equal(state.fields.listPrice, resolution === 'accepted' ? price : before);
  }
});
