import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  Binary,
  BSONRegExp,
  Code,
  DBRef,
  Decimal128,
  Double,
  deserialize,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  serialize,
  Timestamp,
  UUID,
} from 'bson';
import { importAny } from '../../../importers/import-any.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { sharedMongo, withMongo } from '../../support/mongo-server.ts';
import { type Documents, temporaryFolder, writeDump } from '../support/dump.ts';
import { canonicalJson, relaxedJson, version1Json } from '../support/exports.ts';
import { now, streamsOf, type TestImporter, testImporter } from '../support/importer.ts';
import { insert } from '../support/live.ts';

const objectId = (number: number) => new ObjectId(number.toString(16).padStart(24, '5'));
const yearOf = (year: number) => new Date(new Date(0).setUTCFullYear(year));
const uuid = new UUID('0f0e0d0c-0b0a-4908-8706-050403020100');
const oldUuid = new Binary(Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'), 3);
const big = Long.fromString('9007199254740993');
const [agent, listing] = [objectId(900), objectId(101)];

const people = (rows: readonly (readonly [_id: unknown, fields: object])[]) =>
  rows.map(([_id, fields], row) => ({ _id, name: `Ana Number${row}`, email: `ana${row}@example.com`, ...fields }));

/** Each type of BSON that a number, a date, a word or an `_id` may have. */
const documents: Documents = {
  users: [
    { _id: agent, name: 'Agent A', email: 'a@agents.example', roles: ['agent'], active: new Double(1) },
    { _id: new Int32(17), name: 'Agent B', email: 'b@agents.example', roles: 'agent', maxLeads: Long.fromNumber(5) },
  ],
  contacts: people([
    [objectId(1), { updatedAt: new Date('2025-01-01T00:00:00.123Z'), createdAt: new Double(1_700_000_000) }],
    [uuid, { updatedAt: Long.fromNumber(1_700_000_000_000), budget: new Decimal128('4.5E+5') }],
    [oldUuid, { unsubscribed: new Decimal128('0E+2'), createdAt: new Timestamp({ t: 1_700_000_000, i: 3 }) }],
    [big, { phone: Long.fromNumber(5_615_550_134) }],
    [Long.fromString('9007199254740992'), { phone: new Double(5_615_550_135) }],
    [Long.fromString('-9223372036854775808'), { updatedAt: new Date(8.64e15) }],
    [new Double(6), { priceMax: new Double(450_000), bedsMin: new Double(3) }],
    [new Double(1e21), { updatedAt: new Timestamp({ t: 1_700_000_000, i: 1 }) }],
    [new Double(1.5), { updatedAt: new Double(1_700_000_000.5) }],
    [new Decimal128('1.50E+1'), {}],
    [{ org: new Int32(1), n: Long.fromNumber(2) }, {}],
    [{ n: Long.fromNumber(2), org: new Int32(1) }, {}],
    [new Date('2020-02-02T02:02:02.002Z'), { createdAt: yearOf(9999), updatedAt: yearOf(-1) }],
    ['text', { createdAt: yearOf(0), emailOptOut: 'Y' }],
    [true, {}],
    [new Timestamp({ t: 5, i: 6 }), {}],
    [new Binary(Buffer.from('abc')), { avatar: new Binary(Buffer.from([1, 2, 3])) }],
    [objectId(11), { budget: { min: Number.NaN, max: Number.POSITIVE_INFINITY }, score: -0 }],
    [objectId(12), { tags: new BSONRegExp('(?i)^a(', 'i'), assignedTo: new DBRef('users', agent) }],
    [objectId(13), { createdAt: new MinKey(), updatedAt: new MaxKey(), source: new Code('function(){}') }],
    [objectId(14), { stage: undefined, source: null, $weird: 1, 'a.b': 2 }],
    [objectId(15), { nickname: 'F\u{1f600}', assignedTo: agent }],
  ]),
  properties: [
    {
      _id: listing,
      mlsId: Long.fromNumber(10_812_345),
      status: 'A',
      price: new Decimal128('450000.00'),
      beds: new Double(3),
      baths: new Double(2.5),
      loc: { type: 'Point', coordinates: [new Double(-80), new Double(26.5)] },
      agentId: new DBRef('users', agent),
      address: '1 Main St, Boca Raton, FL 33432',
      soldDate: new Int32(20_240_331),
    },
    {
      _id: new Int32(103),
      mlsId: new Double(10_812_346),
      status: 'S',
      price: Long.fromNumber(450_000),
      soldDate: new Date('1969-12-31T00:00:00Z'),
      zip: new Double(33_432),
      yearBuilt: new Double(20_005),
      agentId: Long.fromNumber(17),
      deleted: new Double(0),
    },
  ],
  savedsearches: [
    { _id: objectId(201), contactId: uuid, query: { maxPrice: Long.fromNumber(900_000) }, frequency: 'daily' },
    { _id: objectId(202), contactId: oldUuid, query: '{"price":{"$lte":500000}}', frequency: 'weekly' },
    { _id: objectId(203), contactId: big, query: { zip: new Double(33_432) }, frequency: 'instant' },
    { _id: objectId(204), contactId: new DBRef('contacts', objectId(1)), query: { minPrice: new Decimal128('1E+5') } },
  ],
  activities: [{ _id: objectId(301), contactId: objectId(1), type: 'call', at: new Date(now), userId: new Int32(17) }],
  alerts_sent: [
    { _id: objectId(401), searchId: objectId(201), propertyId: listing, sentAt: new Date('2025-02-01') },
    { _id: objectId(402), searchId: objectId(203), propertyId: Long.fromNumber(103), sentAt: new Date('2025-02-01') },
  ],
};

const bson = (document: object) => serialize(document, { ignoreUndefined: false });
const stored = (document: object) =>
  deserialize(bson(document), { promoteValues: false, promoteBuffers: false, bsonRegExp: true });

const exported = (t: TestContext, line: (document: object) => string): string => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'legacy'));
  for (const [collection, found] of Object.entries(documents)) {
    const lines = found.map((document) => `${line(stored(document))}\n`);
    writeFileSync(join(folder, 'legacy', `${collection}.json`), lines.join(''));
  }
  return folder;
};

const importing = async (t: TestContext, source: string): Promise<unknown> => {
  const importer = await testImporter(t);
  const { collections, warnings, quarantine } = await importAny({ ...importer, clock: fixedClock(now) }, source);
  return { collections, warnings, quarantine, streams: await contentsOf(importer) };
};

const fromDump = (t: TestContext): Promise<unknown> => (dumped ??= importing(t, writeDump(t, documents)));
let dumped: Promise<unknown> | undefined;

/** Events name the run and the version of the document, which are not the same. */
const contentsOf = async ({ store }: TestImporter): Promise<unknown> => {
  const runs = new Set(['id', '$correlationId', '$causationId', 'importRunId', 'source', 'place']);
  return JSON.parse(JSON.stringify(await streamsOf(store), (name, value) => (runs.has(name) ? undefined : value)));
};

for (const [name, line] of Object.entries({ canonicalJson, relaxedJson, version1Json })) {
  test(`the same documents give the same events from mongodump and from mongoexport (${name})`, async (t) => {
    assert.deepEqual(await importing(t, exported(t, line)), await fromDump(t));
  });
}

test('the same documents give the same events from mongodump and from a live server', withMongo, async (t) => {
  const mongo = await sharedMongo();
  await insert(mongo, documents);
  assert.deepEqual(await importing(t, mongo.url), await fromDump(t));
});
