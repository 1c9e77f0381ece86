import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonEvent } from '@eventstore/db-client';
import { leads } from '../../../../commands/aggregates.ts';
import { execute, load } from '../../../../commands/execute.ts';
import { captureLead, type Intake } from '../../../../commands/leads/capture-lead.ts';
import type { LeadCommand, LeadEvent } from '../../../../domain/lead/index.ts';
import { lifeOf } from '../../../../domain/lead/life.ts';
import { pastOfferTo } from '../../../../domain/lead/past-offer.ts';
import { planSplit, splitByHand } from '../../../../importers/splitting/split-by-hand.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { assignment, contact, search, user } from '../../support/documents.ts';
import { byPerson, now, type TestImporter, testImporter } from '../../support/importer.ts';

const at = '2026-03-01T00:00:00.000Z';

const capture = async ({ store }: TestImporter, intake: Intake, addressShared = false): Promise<string> => {
  const recordKey = JSON.stringify(intake);
  const captured = await captureLead(
    store,
    { intake, known: null, addressShared, recordKey },
    { ...byPerson, occurredAt: at, correlationId: recordKey },
  );
  return captured.contactKey;
};
const stateOf = async ({ store }: TestImporter, key: string) => (await load(store, leads, key)).state;
const run = async ({ store }: TestImporter, key: string, ...commands: LeadCommand[]) =>
  assert.ok((await execute(store, leads, key, commands, { ...byPerson, occurredAt: at })).ok);
const idOf = ({ _id }: { _id: { toHexString(): string } }) => _id.toHexString();
const captures = async (importer: TestImporter) =>
  (await importer.types()).filter((type) => type === 'LeadCaptured').length;

const ana = { firstName: 'Ana', email: 'ana@example.com', mobilePhone: '+15615550101', cities: ['Jupiter'] };

test('an import works beside events of another application, which have no metadata', async (t) => {
  const importer = await testImporter(t);
  const node = await importer.store.connection.node();
  await node.client.appendToStream('orders-1', [jsonEvent({ type: 'OrderPlaced', data: { total: 3 } })]);
  const imported = await importer.import({ contacts: [contact({ name: 'Ana López', email: 'ana@example.com' })] });
  assert.deepEqual([imported.problems, await captures(importer)], [[], 1]);
});

test('a contact of the old CRM with the address of a captured lead becomes part of that lead; importing again appends nothing', async (t) => {
  const importer = await testImporter(t);
  const key = await capture(importer, ana);
  const old = contact({
    name: 'Ana López',
    email: 'Ana@Example.com',
    phone: '561-555-0199',
    budget: '$500k',
    stage: 'nurture',
  });
  const documents = { contacts: [old], savedsearches: [search(old._id)] };
  const imported = await importer.import(documents);
  assert.deepEqual(imported.problems, []);
  const { fields } = await stateOf(importer, key);
  assert.deepEqual(fields.legacyIds, [`contacts/${idOf(old)}`]);
  // The fuller name, the newer phone number, what only the old CRM has; the stage of long ago is past.
  assert.deepEqual([fields.firstName, fields.lastName], ['Ana', 'López']);
  assert.equal(fields.mobilePhone, '+15615550101');
  assert.equal(fields.listPriceMax, 500_000);
  assert.equal(fields.leadStage ?? null, null);
  const others = fields.otherValues?.map(({ field, value }) => [field, value]);
  assert.ok(others?.some(([field, value]) => field === 'mobilePhone' && value === '+15615550199'));
  assert.ok(others?.some(([field, value]) => field === 'leadStage' && value === 'Nurture'));
  assert.equal(await captures(importer), 1);
  const created = (await importer.events()).find(({ type }) => type === 'SavedSearchCreated');
  assert.equal((created?.event.data as { contactKey?: string } | undefined)?.contactKey, key);
  assert.equal((await importer.import(documents)).events, 0);
});

test('a value that the old CRM got after the capture wins, and the former one is kept', async (t) => {
  const importer = await testImporter(t);
  const key = await capture(importer, ana);
  const documents = {
    contacts: [
      contact({
        name: 'Ana López',
        email: ana.email,
        phone: '5615550199',
        stage: 'hot',
        updatedAt: new Date('2026-05-01'),
      }),
    ],
  };
  await importer.import(documents);
  const { fields } = await stateOf(importer, key);
  assert.deepEqual([fields.mobilePhone, fields.leadStage], ['+15615550199', 'Hot']);
  assert.deepEqual(fields.otherValues, [{ field: 'mobilePhone', value: '+15615550101', legacyId: 'openhouse' }]);
  assert.equal((await importer.import(documents)).events, 0);
});

test('the same phone number and name are the same person, the same phone number alone is not', async (t) => {
  const importer = await testImporter(t);
  const key = await capture(importer, { firstName: 'Bob', lastName: 'Buyer', mobilePhone: '+15615550102' });
  const [bob, wife] = [
    contact({ name: 'Bob Buyer', email: 'bob@x.com', phone: '5615550102' }),
    contact({ name: 'Carla Buyer', email: 'carla@x.com', phone: '5615550102' }),
  ];
  await importer.import({ contacts: [wife, bob] });
  const { fields } = await stateOf(importer, key);
  assert.deepEqual(fields.legacyIds, [`contacts/${idOf(bob)}`]);
  assert.equal(fields.email, 'bob@x.com');
  assert.equal(await captures(importer), 2);
});

test('an address of an office does not join strangers', async (t) => {
  const importer = await testImporter(t);
  const intake = { firstName: 'Dana', email: 'info@office.example', mobilePhone: '+15615550103' };
  const key = await capture(importer, intake, true);
  await importer.import({
    contacts: [contact({ name: 'Eve Else', email: 'info@office.example', phone: '5615550104' })],
  });
  assert.equal((await stateOf(importer, key)).fields.legacyIds, undefined);
  assert.equal(await captures(importer), 2);
});

test('a lead that an agent accepted stays with the agent, and one on offer stays on offer, whatever the old CRM offered before', async (t) => {
  const importer = await testImporter(t);
  const [maria, peter] = [user(), user({ name: 'Peter Ray' })];
  await importer.import({ users: [maria, peter] });
  const joined = (await importer.events()).filter(({ type }) => type === 'AgentJoined');
  const [mariaKey, peterKey] = joined.map(({ streamName }) => streamName.slice('agent-'.length));
  const [taken, offered] = [await capture(importer, ana), await capture(importer, { email: 'fay@example.com' })];
  const offer = (offerKey: string): LeadCommand => ({
    type: 'OfferLead',
    offerKey,
    memberKeys: [peterKey!],
    reasons: [],
  });
  await run(importer, taken, offer('o1'), { type: 'AcceptLead', memberKey: peterKey! });
  await run(importer, offered, offer('o2'));
  const [one, other] = [
    contact({ email: ana.email, assignedTo: maria._id, unsubscribed: true }),
    contact({ name: 'Fay Ray', email: 'fay@example.com' }),
  ];
  const documents = {
    users: [maria, peter],
    contacts: [one, other],
    leadassignments: [
      assignment(one._id, maria._id, 'accepted', '2025-01-10'),
      assignment(other._id, maria._id, 'passed', '2025-01-10'),
      assignment(other._id, maria._id, 'offered', '2025-01-09'),
    ],
  };
  await importer.import(documents);
  const [first, second] = [await stateOf(importer, taken), await stateOf(importer, offered)];
  assert.deepEqual(lifeOf(first), { status: 'assigned', memberKey: peterKey });
  assert.equal(first.emailOptOut, true);
  assert.equal(lifeOf(second).status, 'offered');
  assert.equal(second.openOffer?.offerKey, 'o2');
  assert.notEqual(mariaKey, peterKey);
  const past = (await importer.events()).map(({ event }) => pastOfferTo(event as LeadEvent));
  assert.equal(past.filter((memberKey) => memberKey !== null).length, 1, 'it counts for fairness');
  assert.equal((await importer.import(documents)).events, 0);
});

test('a captured lead without an agent goes to the agent who has the person in the old CRM', async (t) => {
  const importer = await testImporter(t);
  const maria = user();
  const key = await capture(importer, ana);
  await importer.import({ users: [maria], contacts: [contact({ email: ana.email, assignedTo: maria._id })] });
  assert.equal(lifeOf(await stateOf(importer, key)).status, 'assigned');
});

test('an import that is killed after joining a captured lead is completed with the same events', async (t) => {
  const importer = await testImporter(t);
  const key = await capture(importer, ana);
  const documents = { contacts: [contact({ name: 'Ana López', email: ana.email, phone: '5615550199' })] };
  await importer.import(documents);
  const before = (await importer.events()).length;
  // As if it had been killed before the ledger was written.
  const { sql } = await import('kysely');
  await sql`delete from ops.import_record where record_key = ${key}`.execute(importer.db);
  await sql`insert into ops.import_pending (aggregate, record_key) values ('lead', ${key})`.execute(importer.db);
  assert.equal((await importer.import(documents)).events, 0);
  assert.equal((await importer.events()).length, before);
});

test('after a split by hand the captured lead goes on with the contact that stays', async (t) => {
  const importer = await testImporter(t);
  const key = await capture(importer, ana);
  const [wrong, right] = [
    contact({ name: 'Zoe Wrong', email: ana.email, phone: '5615550177', createdAt: new Date('2024-01-01') }),
    contact({ name: 'Ana López', email: ana.email, phone: '5615550101' }),
  ];
  const documents = { contacts: [wrong, right] };
  await importer.import(documents);
  assert.equal((await stateOf(importer, key)).fields.legacyIds?.length, 2);
  const { db, store } = importer;
  await splitByHand(
    { db, store, clock: fixedClock(now) },
    { aggregate: 'lead', recordKey: key, documents: [`contacts/${idOf(wrong)}`] },
    { by: 'dana', because: 'Two people' },
  );
  const { fields } = await stateOf(importer, key);
  assert.deepEqual(fields.legacyIds, [`contacts/${idOf(right)}`]);
  assert.equal(fields.firstName, 'Ana');
  assert.equal(await captures(importer), 2);
  assert.equal((await importer.import(documents)).events, 0);
});

test('a captured lead is not split from its only contact, and the refusal says what to do instead', async (t) => {
  const importer = await testImporter(t);
  const recordKey = await capture(importer, ana);
  const wrong = contact({ name: 'Ana López', email: ana.email, phone: '5615550177' });
  await importer.import({ contacts: [wrong] });
  const split = { aggregate: 'lead', recordKey, documents: [`contacts/${idOf(wrong)}`] } as const;
  await assert.rejects(planSplit(importer.db, split), { code: 'only-contact', hint: /openhouse leads capture/ });
});
