import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonEvent } from '@eventstore/db-client';
import { leads } from '../../../../commands/aggregates.ts';
import { execute } from '../../../../commands/execute.ts';
import { openConflicts } from '../../../../importers/differences/conflicts.ts';
import { retryWrites, unwritten } from '../../../../importers/differences/outbox.ts';
import { loadOwned } from '../../../../importers/owned/record-view.ts';
import { withMongo } from '../../../support/mongo-server.ts';
import { contact, property } from '../../support/documents.ts';
import { byPerson } from '../../support/importer.ts';
import { intercepting } from '../../support/intercepting.ts';
import { owning } from '../owning.ts';

const recordLead = { firstName: 'Ben', lastName: 'Cole', email: 'ben@example.com', leadStage: 'New' } as const;

test(
  'a new document that a unique index refuses is refused with the reason, and not taken for a deleted one',
  withMongo,
  async (t) => {
    const world = await owning(t, { contacts: [contact({ loginName: null })] }, ['lead']);
    const contacts = world.mongo.client.db().collection('contacts');
    await contacts.createIndex({ loginName: 1 }, { unique: true });
    const command = { type: 'RecordLead', contactKey: 'born-here', fields: recordLead } as const;
    await execute(world.store, leads, 'born-here', [command], byPerson);
    assert.deepEqual(await world.write(), { written: 0, refused: 1, waiting: 0 });
    const [row] = await unwritten(world.db);
    assert.equal(row?.code, 'not-unique');
    assert.match(row!.reason!, /loginName/);
    await world.follow();
    await world.follow();
    assert.deepEqual(await openConflicts(world.db), []);
    await contacts.dropIndex('loginName_1');
    await retryWrites(world.db);
    assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
    assert.equal((await world.documents('contacts')).length, 2);
    assert.equal(await world.follow(), 0);
  },
);

test('a change that a unique index refuses is refused without the values in question', withMongo, async (t) => {
  const phones = ['(561) 555-0134', '(561) 555-0135'];
  const world = await owning(t, { contacts: phones.map((phone) => contact({ phone })) }, ['lead']);
  await world.mongo.client.db().collection('contacts').createIndex({ phone: 1 }, { unique: true });
  const [key] = await world.keys('lead');
  const other = (await loadOwned(world.store, 'lead', key!)).state.fields.mobilePhone === '+15615550134' ? 5 : 4;
  await world.correct('lead', key!, { mobilePhone: `+1561555013${other}` });
  assert.deepEqual(await world.write(), { written: 0, refused: 1, waiting: 0 });
  const [row] = await unwritten(world.db);
  assert.equal(row?.code, 'not-unique');
  assert.doesNotMatch(row!.reason!, /555/);
});

test('a document that validation rules refuse is refused, and the others are written', withMongo, async (t) => {
  const world = await owning(t, { properties: [property(), property()] }, ['listing']);
  const [first, second] = await world.keys('listing');
  await world.correct('listing', first!, { listPrice: 475_000 });
  await world.correct('listing', second!, { listPrice: 480_000 });
  const url = await intercepting(t, world.mongo.url, (command) =>
    JSON.stringify(command.updates)?.includes('475000')
      ? { code: 121, errmsg: 'Document failed validation' }
      : undefined,
  );
  assert.deepEqual(await world.write(url), { written: 1, refused: 1, waiting: 0 });
  assert.deepEqual(
    (await unwritten(world.db)).map(({ code }) => code),
    ['not-valid-there'],
  );
});

test('a user that may only read is reported as such, and everything stays to be written', withMongo, async (t) => {
  const world = await owning(t, { properties: [property(), property()] }, ['listing']);
  for (const key of await world.keys('listing')) await world.correct('listing', key, { listPrice: 475_000 });
  const errmsg = 'not authorized on legacy to execute command { update: "properties" }';
  const url = await intercepting(t, world.mongo.url, (command) =>
    'update' in command ? { code: 13, errmsg } : undefined,
  );
  await assert.rejects(world.write(url), { code: 'mongo-read-only', message: /may not write/ });
  assert.deepEqual(
    (await unwritten(world.db)).map(({ state, attempts }) => [state, attempts]),
    [
      ['due', 0],
      ['due', 0],
    ],
  );
  assert.deepEqual(await world.write(), { written: 2, refused: 0, waiting: 0 });
});

test(
  'an error of the old CRM is shown without the values in question, and the change is retried',
  withMongo,
  async (t) => {
    const world = await owning(t, { properties: [property()] }, ['listing']);
    const [key] = await world.keys('listing');
    await world.correct('listing', key!, { listPrice: 475_000 });
    const errmsg = `Cannot create field 'max' in element {owner: "Ana López", phone: { home: "561" }}, for "Ana López"`;
    const url = await intercepting(t, world.mongo.url, (command) =>
      'update' in command ? { code: 28, errmsg } : undefined,
    );
    assert.deepEqual(await world.write(url), { written: 0, refused: 0, waiting: 1 });
    const [row] = await unwritten(world.db);
    assert.equal(row?.reason, `Cannot create field 'max' in element {…}, for "…"`);
  },
);

test('a value that was refused, and that a person then writes there, is an edit', withMongo, async (t) => {
  const world = await owning(t, { properties: [property()] }, ['listing']);
  const [key] = await world.keys('listing');
  await world.correct('listing', key!, { listPrice: 475_000 });
  const errmsg = 'Document failed validation';
  const url = await intercepting(t, world.mongo.url, (command) =>
    'update' in command ? { code: 121, errmsg } : undefined,
  );
  assert.deepEqual(await world.write(url), { written: 0, refused: 1, waiting: 0 });
  await world.correct('listing', key!, { listPrice: 480_000 });
  await world.edit('properties', {}, { price: 475_000 });
  await world.follow();
  const [conflict] = await openConflicts(world.db);
  assert.deepEqual(conflict?.fields, { listPrice: { before: 450_000, legacy: 475_000, openhouse: 480_000 } });
});

test(
  'a record whose history cannot be read is not written, with or without a conflict, and the others are',
  withMongo,
  async (t) => {
    const world = await owning(t, { properties: [property(), property(), property()] }, ['listing']);
    const [first, second, third] = (await world.keys('listing')) as [string, string, string];
    await world.correct('listing', first, { bedroomsTotal: 7 });
    await world.edit('properties', {}, { price: 475_000, updatedAt: new Date() });
    await world.follow();
    const conflict = (await openConflicts(world.db))[0]!;
    const { client } = await world.store.connection.node();
    const [good, bad] = [first, second, third].filter((key) => key !== conflict.recordKey) as [string, string];
    for (const key of [conflict.recordKey, bad])
      await client.appendToStream(`listing-${key}`, [jsonEvent({ type: 'ListingTeleported', data: {} })]);
    await world.correct('listing', good, { listPrice: 480_000 });
    assert.equal((await world.write()).written, 1);
    assert.equal((await openConflicts(world.db)).length, 1);
    const waiting = (await unwritten(world.db)).find(({ recordKey }) => recordKey === bad);
    assert.match(waiting?.reason ?? '', /ListingTeleported/);
  },
);
