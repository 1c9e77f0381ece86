import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Binary, Decimal128, Int32, Long, ObjectId } from 'bson';
import { importAny } from '../../../importers/import-any.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { sharedMongo, withMongo } from '../../support/mongo-server.ts';
import { temporaryFolder, writeDump } from '../support/dump.ts';
import { now, quarantined, testImporter } from '../support/importer.ts';
import { insert } from '../support/live.ts';
import { propose } from './support/propose.ts';

const day = (n: number) => new Date(Date.UTC(2025, 0, 1 + n, 12));
const many = <Item>(count: number, make: (n: number) => Item): Item[] =>
  Array.from({ length: count }, (_, n) => make(n));
const oneOf = <Item>(items: readonly Item[], n: number): Item => items[n % items.length]!;
const id = (n: number) => new ObjectId(`65a00000000000000${String(n).padStart(7, '0')}`);
const agents = ['Maria Garcia', 'John O’Neil', 'Priya Patel', 'Wei Chen'];
const firstOf = (name: string) => name.split(' ')[0]!.toLowerCase();

/** Names that no mapping knows, values of odd types, and IDs of three kinds. */
const abbreviated = {
  staff_directory: agents.map((nm, n) => ({
    _id: firstOf(nm),
    nm,
    reach: { mail: `${firstOf(nm)}@acmehomes.com`, cell: `561-555-01${10 + n}` },
    perms: n === 3 ? 'admin' : ['agent'],
    onDuty: n === 2 ? 'N' : 'Y',
    stamp: day(n),
  })),
  people: many(30, (n) => ({
    _id: new Int32(1000 + n),
    given: oneOf(['Ana', 'Bob', 'Chloé'], n),
    family: oneOf(['López', 'Smith', 'Dubois', 'Ivanov'], n),
    reachAt: { primary: `buyer${n}@example.com`, hand: 5_615_550_200 + n },
    pipeline: oneOf(['Hot', 'New', 'Nurture', 'dead'], n),
    cameFrom: oneOf(['Zillow', 'Website', 'Referral'], n),
    handledBy: firstOf(oneOf(agents, n)),
    ceiling: new Decimal128(`${300_000 + n * 1000}.00`),
    noMail: n % 10 === 0,
    addedOn: Math.floor(day(n).getTime() / 1000),
    touchedOn: day(n + 1).toISOString(),
  })),
  inventory: many(30, (n) => ({
    _id: id(n),
    feedNo: `RX-109${String(n).padStart(5, '0')}`,
    cond: oneOf(['Active', 'Pending', 'Sold', 'Coming Soon'], n),
    ask: Long.fromNumber(400_000 + n * 1000),
    bd: (n % 5) + 1,
    ba: `${(n % 3) + 1}.5`,
    sf: `${1_200 + n * 10} sqft`,
    place: { line: `${100 + n} Ocean Blvd`, town: oneOf(['Boca Raton', 'Lantana'], n), st: 'FL', zip5: 33_432 },
    pics: [{ u: `https://img.example.com/${n}.jpg` }],
    rep: firstOf(oneOf(agents, n)),
    kind: oneOf(['Single Family', 'Condo', 'Townhouse'], n),
    changedOn: day(n + 2),
  })),
  watches: many(10, (n) => ({
    _id: id(100 + n),
    who: new Int32(1000 + n),
    rules: { city: 'Boca Raton', maxPrice: 500_000, minBeds: 2 },
    often: oneOf(['daily', 'weekly', 'instant'], n),
    live: n % 7 !== 0,
  })),
  touches: many(20, (n) => ({
    _id: id(200 + n),
    person: new Int32(1000 + n),
    what: oneOf(['call', 'email', 'note', 'showing'], n),
    whenIt: day(n),
    txt: `Spoke with them about home ${n}`,
    byWhom: firstOf(oneOf(agents, n)),
  })),
  handoffs: many(9, (n) => ({
    _id: id(300 + n),
    person: new Int32(1000 + n),
    rep: firstOf(oneOf(agents, n)),
    outcome: oneOf(['offered', 'accepted', 'declined'], n),
    whenIt: day(n),
  })),
  mailed: many(10, (n) => ({ _id: id(400 + n), watch: id(100 + n), unit: id(n), wentOut: day(n) })),
  sessions: [{ _id: 'x', tok: 'abc', exp: day(9) }],
};

/** Spanish, with a prefix for each table, numbers from 1 and binary UUIDs as IDs. */
const prefixed = {
  tbl_usr: agents.map((nombre, n) => ({
    _id: n + 1,
    usr_nombre: nombre,
    usr_correo: `${firstOf(nombre)}@casas.example.com`,
    usr_tel: 5_615_550_100 + n,
  })),
  tbl_cli: many(12, (n) => ({
    _id: new Binary(Buffer.alloc(16, n + 1), 4),
    cli_nombre: `${oneOf(['Ana', 'Beto', 'Carla'], n)} ${oneOf(['Ruiz', 'Soto', 'Vega', 'Luna'], n)}`,
    cli_correo: `cliente${n}@example.com`,
    cli_etapa: oneOf(['Hot', 'New', 'Nurture'], n),
    cli_usr: (n % 4) + 1,
  })),
  tbl_inm: many(12, (n) => ({
    _id: 5000 + n,
    inm_rec: (n % 4) + 1,
    inm_usr: (n % 4) + 1,
    inm_precio: `$${450 + n},000`,
    inm_estado: oneOf(['Active', 'Pending', 'Sold'], n),
    inm_calle: `${12 + n} Ocean Blvd`,
    inm_ciudad: 'Boca Raton',
  })),
  tbl_busq: many(5, (n) => ({
    _id: 9000 + n,
    b_cli: new Binary(Buffer.alloc(16, n + 1), 4),
    b_filtro: { city: 'Boca Raton', maxPrice: 400_000 },
    b_cada: oneOf(['daily', 'weekly'], n),
  })),
};

suite('a database that no mapping knows', () => {
  test('is imported with the mapping that is proposed for it, from a live server', withMongo, async (t) => {
    const mongo = await sharedMongo();
    await insert(mongo, abbreviated as never);
    const importer = await testImporter(t);
    const { mapping, inspection } = await propose({ source: mongo.url, file: join(temporaryFolder(t), 'our.yaml') });
    for (const { name, documents, recordTypes } of inspection.collections) {
      const understood = recordTypes.map((one) => one.understood);
      assert.deepEqual(understood, name === 'sessions' ? [] : [documents], `${name} ${JSON.stringify(recordTypes)}`);
    }
    const deps = { db: importer.db, store: importer.store, clock: fixedClock(now) };
    const { collections } = await importAny(deps, mongo.url, { mapping });
    const applied = Object.entries(collections).map(([name, { applied, merged }]) => [name, applied + merged]);
    assert.deepEqual(Object.fromEntries(applied), {
      users: 4,
      contacts: 30,
      properties: 30,
      savedsearches: 10,
      leadassignments: 9,
      activities: 20,
      alerts_sent: 10,
    });
    assert.deepEqual(await quarantined(importer.db), []);
    const events = await importer.events();
    const about = (legacyId: string) =>
      events
        .map(({ event }) => event?.data as Record<string, unknown>)
        .find((data) => String(data.legacyIds) === legacyId)!;
    const maria = about('users/maria').memberKey;
    const listing = about(`properties/${id(0)}`);
    assert.deepEqual(
      [listing.listingId, listing.standardStatus, listing.listPrice, listing.bedroomsTotal, listing.livingArea],
      ['RX-10900000', 'Active', 400_000, 1, 1_200],
    );
    assert.deepEqual([listing.city, listing.postalCode, listing.listAgentKey], ['Boca Raton', '33432', maria]);
    const lead = about('contacts/1001');
    assert.deepEqual(
      [lead.firstName, lead.lastName, lead.email, lead.mobilePhone],
      ['Bob', 'Smith', 'buyer1@example.com', '+15615550201'],
    );
    const count = (type: string) => events.filter((event) => event.type === type).length;
    assert.deepEqual([count('LeadOptedOut'), count('SavedSearchCreated')], [3, 10]);
  });

  test('is understood with the mapping that is proposed for it, whatever the language and the prefixes', async (t) => {
    const place = { source: writeDump(t, prefixed as never), file: join(temporaryFolder(t), 'our.yaml') };
    const { mapping, inspection } = await propose(place);
    const understood = inspection.collections.map(({ name, documents, recordTypes: [type] }) => [
      name,
      type?.type,
      type?.understood === documents,
    ]);
    assert.deepEqual(understood, [
      ['tbl_busq', 'savedSearches', true],
      ['tbl_cli', 'leads', true],
      ['tbl_inm', 'listings', true],
      ['tbl_usr', 'agents', true],
    ]);
    const { listings, leads } = mapping.file;
    assert.equal(listings?.fields.listAgentKey?.from[0]?.path, 'inm_usr');
    assert.equal(leads?.fields.ownerMemberKey?.from[0]?.path, 'cli_usr');
  });
});
