import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { leads, listings } from '../../../../commands/aggregates.ts';
import { execute, load } from '../../../../commands/execute.ts';
import { optOut } from '../../../../commands/leads/consent.ts';
import { rememberSent } from '../../../../delivery/sent-memory.ts';
import { parseStreamName } from '../../../../domain/events.ts';
import { readHistory } from '../../../../history/read-history.ts';
import fc, { runs } from '../../../support/fast-check.ts';
import { activity, contact, property, search, user } from '../../support/documents.ts';
import { byPerson, survivesAKill, type TestImporter, testImporter } from '../../support/importer.ts';

const at = (day: string) => new Date(`2025-${day}T00:00:00Z`);
const nameOf = (collection: string, { _id }: { _id: { toHexString(): string } }) =>
  `${collection}/${_id.toHexString()}`;

/** Every existing listing or lead, as the list of its documents, in their order. */
const recordsNow = async ({ store, events }: TestImporter, type: 'ListingEntered' | 'LeadCaptured') => {
  const aggregate = type === 'ListingEntered' ? 'listing' : 'lead';
  const keys = (await events())
    .filter((event) => event.type === type)
    .map(({ streamName }) => parseStreamName(streamName)!.key);
  const records = new Map<string, { key: string; fields: Record<string, unknown>; emailOptOut?: boolean }>();
  for (const key of keys) {
    if (aggregate === 'listing') {
      const { state } = await load(store, listings, key);
      if (state.mergedIntoListingKey === null)
        records.set([...state.fields.legacyIds!].sort().join(), { key, fields: state.fields });
    } else {
      const { state } = await load(store, leads, key);
      if (state.mergedIntoContactKey === null) {
        const { fields, emailOptOut } = state;
        records.set([...fields.legacyIds!].sort().join(), { key, fields, emailOptOut });
      }
    }
  }
  return records;
};

const typesOf = async (importer: TestImporter, key: string, after = 0) =>
  (await importer.events())
    .filter(({ streamName }) => streamName.endsWith(key))
    .slice(after)
    .map(({ type }) => type);

test('two homes merged by a wrong MLS number are split again, and neither is news', async (t) => {
  const importer = await testImporter(t);
  const first = property({ mlsId: 'RX-10000001', price: 450_000, beds: 3, createdAt: at('01-01') });
  const second = property({ mlsId: 'RX-10000002', price: 300_000, beds: 2, createdAt: at('01-02') });
  await importer.import({ properties: [first, second] });
  const before = await recordsNow(importer, 'ListingEntered');
  const [one, two] = [before.get(nameOf('properties', first))!, before.get(nameOf('properties', second))!];
  await importer.import({ properties: [first, { ...second, mlsId: 'RX-10000001', updatedAt: at('03-01') }] });
  assert.equal((await load(importer.store, listings, two.key)).state.mergedIntoListingKey, one.key);
  const sent = {
    contactKey: 'c1',
    listingKey: one.key,
    savedSearchKey: 's1',
    position: 1n,
    standardStatus: 'Active',
    listPrice: 300_000,
  };
  await rememberSent(importer.db, [sent], new Date());

  const apart = { properties: [first, { ...second, price: 310_000, updatedAt: at('04-01') }] };
  const events = (await importer.events()).length;
  await importer.import(apart);
  const after = await recordsNow(importer, 'ListingEntered');
  assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
  const [oneNow, twoNow] = [after.get(nameOf('properties', first))!, after.get(nameOf('properties', second))!];
  assert.deepEqual([oneNow.key, twoNow.key], [one.key, two.key], 'each has its own stream again');
  assert.deepEqual(
    [oneNow.fields.listPrice, oneNow.fields.bedroomsTotal, oneNow.fields.otherValues],
    [450_000, 3, undefined],
  );
  assert.deepEqual(
    [twoNow.fields.listPrice, twoNow.fields.bedroomsTotal, twoNow.fields.listingId],
    [310_000, 2, 'RX-10000002'],
  );

  const news = (await importer.events()).slice(events);
  assert.deepEqual(
    news.map(({ streamName, type }) => `${streamName === `listing-${one.key}` ? 'one' : 'two'} ${type}`).sort(),
    ['one ListingDetailsCorrected', 'one ListingSplit', 'two ListingDetailsCorrected', 'two ListingSplitFrom'],
    'nothing happened in the market',
  );
  const { rows } = await sql<{ listing_key: string; sent_price: string }>`
    select listing_key, sent_price from ops.sent_memory order by sent_price`.execute(importer.db);
  assert.deepEqual(
    rows.map(({ listing_key, sent_price }) => [listing_key, Number(sent_price)]),
    [
      [two.key, 310_000],
      [one.key, 450_000],
    ], // prettier-ignore
    'an alert about the merged home counts for both homes in their present state',
  );
  const links = [];
  for (const key of [one.key, two.key]) {
    for await (const { entry } of readHistory(importer.store, 'listing', key)) {
      if (entry.eventType.startsWith('ListingSplit')) links.push(entry.details);
    }
  }
  assert.deepEqual(links, [{ listingKeys: [two.key] }, { listingKey: one.key }], 'the two histories name each other');
  assert.equal((await importer.import(apart)).events, 0);
});

test('documents that were one home from their first import are split into one home each', async (t) => {
  const importer = await testImporter(t);
  const first = property({ mlsId: 'RX-10000001', price: 450_000 });
  const second = property({ mlsId: 'RX-10000001', price: 300_000, updatedAt: at('03-01') });
  await importer.import({ properties: [first, second] });
  const apart = { properties: [first, { ...second, mlsId: 'RX-10000002', updatedAt: at('04-01') }] };
  await importer.import(apart);
  const after = await recordsNow(importer, 'ListingEntered');
  assert.deepEqual([...after.values()].map(({ fields }) => fields.listPrice).sort(), [300_000, 450_000]);
  const key = after.get(nameOf('properties', second))!.key;
  assert.deepEqual(await typesOf(importer, key), ['ListingEntered', 'ListingSplitFrom']);
  assert.equal((await importer.import(apart)).events, 0);
});

test('a home that takes documents of two homes leaves each with its own documents', async (t) => {
  const importer = await testImporter(t);
  const numbered = (...mlsIds: (string | undefined)[]) => ({
    properties: homes.map((home, n) => ({ ...home, mlsId: mlsIds[n], updatedAt: at(mlsIds[1] ? '03-01' : '04-01') })),
  });
  const homes = [1, 2, 3, 4].map(() => property({ createdAt: at('01-01') }));
  await importer.import(numbered('RX-10000001', 'RX-10000002', 'RX-10000002', 'RX-10000001'));
  const apart = numbered('RX-10000001', undefined, 'RX-10000002', 'RX-10000002');
  await importer.import(apart);
  const names = homes.map((home) => nameOf('properties', home));
  assert.deepEqual(
    [...(await recordsNow(importer, 'ListingEntered')).keys()].sort(),
    [names[0], names[1], [names[2], names[3]].join()].sort(),
  );
  assert.equal((await importer.import(apart)).events, 0);
});

test('an opt-out of two people kept as one stays with a document that moves to another lead', async (t) => {
  const importer = await testImporter(t);
  const ana = contact({ name: 'Ana López', email: 'ana@x.com' });
  const bob = contact({ name: 'Bob Buyer', email: 'ana@x.com' });
  const [cleo, dan] = [contact({ name: 'Cleo Cruz', email: 'cleo@x.com' }), contact({ email: 'cleo@x.com' })];
  await importer.import({ contacts: [ana, bob, cleo, dan] });
  const before = await recordsNow(importer, 'LeadCaptured');
  const both = before.get([ana, bob].map((one) => nameOf('contacts', one)).join())!;
  await optOut(importer.store, both.key, byPerson);
  const moved = { ...bob, email: 'cleo@x.com', updatedAt: at('04-01') };
  await importer.import({ contacts: [ana, moved, cleo, dan] });
  const after = await recordsNow(importer, 'LeadCaptured');
  const three = after.get([bob, cleo, dan].map((one) => nameOf('contacts', one)).join())!;
  assert.deepEqual([after.get(nameOf('contacts', ana))!.emailOptOut, three.emailOptOut], [true, true]);
  assert.equal((await importer.import({ contacts: [ana, moved, cleo, dan] })).events, 0);
});

test('two people split with their own searches, history and owner; an opt-out stays with both', async (t) => {
  const importer = await testImporter(t);
  const [maria, john] = [user({ email: 'maria@x.com' }), user({ email: 'john@x.com' })];
  const ana = contact({ name: 'Ana López', email: 'ana@x.com', assignedTo: maria._id, createdAt: at('01-01') });
  const bob = contact({
    name: 'Bob Buyer',
    email: 'ana@x.com',
    assignedTo: john._id,
    createdAt: at('01-02'),
    updatedAt: at('03-01'),
  });
  const others = {
    users: [maria, john],
    savedsearches: [search(ana._id), search(bob._id)],
    activities: [activity(ana._id, { body: 'for Ana' }), activity(bob._id, { body: 'for Bob' })],
  };
  await importer.import({ ...others, contacts: [ana, bob] });
  const [both] = (await recordsNow(importer, 'LeadCaptured')).values();
  await optOut(importer.store, both!.key, byPerson);
  await execute(importer.store, leads, both!.key, [{ type: 'CorrectLead', changes: { tags: ['vip'] } }], byPerson);
  await sql`insert into ops.sent_memory (contact_key, listing_key, legacy_sent_at) values (${both!.key}, 'l1', now())`.execute(
    importer.db,
  );

  const apart = { ...others, contacts: [ana, { ...bob, email: 'bob@x.com', updatedAt: at('04-01') }] };
  await importer.import(apart);
  const after = await recordsNow(importer, 'LeadCaptured');
  const [anaNow, bobNow] = [after.get(nameOf('contacts', ana))!, after.get(nameOf('contacts', bob))!];
  assert.equal(anaNow.key, both!.key);
  assert.deepEqual([anaNow.fields.firstName, anaNow.fields.email, anaNow.fields.tags], ['Ana', 'ana@x.com', ['vip']]);
  assert.deepEqual([bobNow.fields.firstName, bobNow.fields.email], ['Bob', 'bob@x.com']);
  assert.deepEqual([anaNow.emailOptOut, bobNow.emailOptOut], [true, true]);
  assert.notEqual(anaNow.fields.ownerMemberKey, bobNow.fields.ownerMemberKey);
  const events = await importer.events();
  const bodies = events.flatMap(({ streamName, event }) =>
    event.type === 'LeadActivityLogged' && streamName.endsWith(bobNow.key) ? [event.data.body] : [],
  );
  assert.deepEqual(bodies, ['for Bob']);
  const moved = events.flatMap(({ event }) =>
    event.type === 'SavedSearchDetailsCorrected' ? [event.data.changes] : [],
  );
  assert.deepEqual(moved, [{ contactKey: bobNow.key }]);
  const { rows } = await sql<{ contact_key: string }>`select contact_key from ops.sent_memory`.execute(importer.db);
  assert.deepEqual(rows.map(({ contact_key }) => contact_key).sort(), [anaNow.key, bobNow.key].sort());
  assert.equal((await importer.import(apart)).events, 0);
});

test('buyers merged by an address are split when it turns out to be an agent’s', async (t) => {
  const importer = await testImporter(t);
  const buyers = [
    contact({ name: 'Ana López', email: ['ana@x.com', 'maria@x.com'] }),
    contact({ name: 'Bob Buyer', email: ['bob@x.com', 'maria@x.com'] }),
  ];
  await importer.import({ contacts: buyers });
  assert.equal((await recordsNow(importer, 'LeadCaptured')).size, 1);
  const documents = { users: [user({ email: 'maria@x.com' })], contacts: buyers };
  await importer.import(documents);
  const emails = [...(await recordsNow(importer, 'LeadCaptured')).values()].map(({ fields }) => fields.email);
  assert.deepEqual(emails.sort(), ['ana@x.com', 'bob@x.com']);
  assert.equal((await importer.import(documents)).events, 0);
});

test('merged, split, merged and split again: each time as if it had always been so', async (t) => {
  const importer = await testImporter(t);
  const first = property({ mlsId: 'RX-10000001', createdAt: at('01-01') });
  const second = property({ mlsId: 'RX-10000002', createdAt: at('01-02') });
  const day = (n: number) => new Date(Date.UTC(2025, 3, n));
  for (let round = 1; round <= 4; round++) {
    const mlsId = round % 2 === 1 ? 'RX-10000001' : 'RX-10000002';
    const documents = { properties: [first, { ...second, mlsId, updatedAt: day(round) }] };
    await importer.import(documents);
    assert.equal((await recordsNow(importer, 'ListingEntered')).size, round % 2 === 1 ? 1 : 2, `round ${round}`);
    assert.equal((await importer.import(documents)).events, 0, `round ${round}`);
  }
});

test('a record that ended with two documents continues with the one that splits off again', async (t) => {
  const importer = await testImporter(t);
  const homes = [1, 2, 3].map((n) =>
    property({ mlsId: n === 1 ? 'RX-10000001' : 'RX-10000002', createdAt: at('01-01') }),
  );
  const [first, second, third] = homes as [(typeof homes)[0], (typeof homes)[0], (typeof homes)[0]];
  const one = (home: typeof first, day: string) => ({ ...home, mlsId: 'RX-10000001', updatedAt: at(day) });
  await importer.import({ properties: homes });
  await importer.import({ properties: [first, one(second, '04-01'), one(third, '04-01')] });
  await importer.import({ properties: [first, { ...second, updatedAt: at('04-02') }, one(third, '04-01')] });
  const names = [first, second, third].map((home) => nameOf('properties', home));
  assert.deepEqual(
    [...(await recordsNow(importer, 'ListingEntered')).keys()].sort(),
    [[names[0], names[2]].sort().join(), names[1]].sort(),
  );
});

test('an import killed after splitting a record arrives at the same events', async (t) => {
  const first = { contacts: [contact({ email: 'ana@x.com' }), contact({ email: 'ana@x.com', phone: '5615550134' })] };
  const apart = {
    contacts: [first.contacts[0]!, { ...first.contacts[1]!, email: 'bob@x.com', updatedAt: at('04-01') }],
  };
  await survivesAKill(
    t,
    first,
    apart,
    sql`select record_key from ops.import_split union select from_key from ops.import_split`,
  );
});

test('however listings were merged and split before, the records are those of a single import of the final state', async (t) => {
  const ids = [0, 1, 2, 3].map(() => property({ createdAt: at('01-01') }));
  const numbers = fc.constantFrom('RX-10000001', 'RX-10000002', '10000001', undefined);
  // These stay the same, because a single import cannot know which of two values changed last (see
  // edited-fields.test.ts).
  const homes = fc.record({
    price: fc.constantFrom(300_000, 400_000, undefined),
    beds: fc.constantFrom(2, 3, undefined),
  });
  const states = fc.array(fc.tuple(numbers, numbers, numbers, numbers), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.tuple(homes, homes, homes, homes), states, async (homes, sequence) => {
      const dumps = sequence.map((state, round) => ({
        properties: state.map((mlsId, n) => ({
          ...ids[n]!,
          ...homes[n]!,
          mlsId,
          updatedAt: new Date(Date.UTC(2025, 3, 1 + round, n)),
        })),
      }));
      const [stepwise, atOnce] = [await testImporter(t), await testImporter(t)];
      for (const dump of dumps) await stepwise.import(dump);
      await atOnce.import(dumps.at(-1)!);
      const sent = async (importer: TestImporter) =>
        [...(await recordsNow(importer, 'ListingEntered'))]
          .map(([documents, { fields }]) => {
            const { warnings: _, legacyIds: __, modificationTimestamp: ___, listingId, otherValues, ...rest } = fields;
            // Nor can it know which of two spellings of a number is the latest.
            const others = (otherValues as { field: string }[] | undefined)?.filter(
              ({ field }) => field !== 'listingId',
            );
            return [documents, { ...rest, others: others ?? [], numbered: listingId !== undefined }] as const;
          })
          .sort(([a], [b]) => (a < b ? -1 : 1));
      assert.deepEqual(await sent(stepwise), await sent(atOnce));
      assert.equal((await stepwise.import(dumps.at(-1)!)).events, 0);
    }),
    { numRuns: runs(6) },
  );
});
