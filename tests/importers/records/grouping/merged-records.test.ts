import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { agents, leads, listings } from '../../../../commands/aggregates.ts';
import { execute, load } from '../../../../commands/execute.ts';
import { optOut } from '../../../../commands/leads/consent.ts';
import { parseStreamName } from '../../../../domain/events.ts';
import { activity, alertSent, assignment, contact, property, search, user } from '../../support/documents.ts';
import { byPerson, survivesAKill, type TestImporter, testImporter } from '../../support/importer.ts';

const later = new Date('2025-03-01T00:00:00Z');
/** The keys of the records that began with such an event, by one of its fields. */
const keysBy = async (importer: TestImporter, type: string, field: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await importer.events())
      .filter((event) => event.type === type)
      .map(({ event, streamName }) => [
        String((event.data as Record<string, unknown>)[field]),
        parseStreamName(streamName)!.key,
      ]),
  );

const memory = async ({ db }: TestImporter): Promise<string[]> => {
  const { rows } = await sql<{ line: string }>`
    select contact_key || ' ' || listing_key as line from ops.sent_memory order by 1`.execute(db);
  return rows.map(({ line }) => line);
};

test('a listing that gets the MLS number of another one is merged with it, and has an event that says so', async (t) => {
  const importer = await testImporter(t);
  const buyer = contact();
  const wish = search(buyer._id);
  const first = property({ mlsId: 'RX-1', beds: 3, createdAt: new Date('2024-01-01') });
  const second = property({ mlsId: 'RX-2', yearBuilt: 1998, price: 200_000, createdAt: new Date('2024-06-01') });
  const others = { contacts: [buyer], savedsearches: [wish], alerts_sent: [alertSent(wish._id, second._id)] };
  await importer.import({ ...others, properties: [first, second] });
  const keys = await keysBy(importer, 'ListingEntered', 'listingId');
  const before = await importer.events();

  const corrected = { ...second, mlsId: ' rx-1 ', updatedAt: later };
  const documents = { ...others, properties: [first, corrected] };
  const summary = await importer.import(documents);
  assert.deepEqual(
    [summary.collections.properties?.merged, summary.collections.properties?.unchanged],
    [1, 1],
    'the books show it',
  );
  const told = (await importer.events()).slice(before.length);
  assert.deepEqual(
    told.map(({ streamName, type }) => [streamName, type]),
    [
      [`listing-${keys['RX-1']}`, 'ListPriceChanged'],
      [`listing-${keys['RX-1']}`, 'ListingDetailsCorrected'],
      [`listing-${keys['RX-1']}`, 'ListingMerged'],
      [`listing-${keys['RX-2']}`, 'ListingMergedInto'],
    ],
  );
  const { state } = await load(importer.store, listings, keys['RX-1']!);
  assert.deepEqual([state.fields.listPrice, state.fields.bedroomsTotal, state.fields.yearBuilt], [200_000, 3, 1998]);
  assert.deepEqual(state.mergedListingKeys, [keys['RX-2']]);
  assert.equal((await load(importer.store, listings, keys['RX-2']!)).state.mergedIntoListingKey, keys['RX-1']);
  const lead = parseStreamName(before.find(({ type }) => type === 'LeadCaptured')!.streamName)!.key;
  assert.ok(
    (await memory(importer)).includes(`${lead} ${keys['RX-1']}`),
    'alerts about it count as alerts about the home',
  );

  assert.equal((await importer.import(documents)).events, 0);
  const undisturbed = await testImporter(t);
  await undisturbed.import(documents);
  assert.deepEqual(
    Object.values(await keysBy(undisturbed, 'ListingEntered', 'listingId')),
    [keys['RX-1']],
    'the record is the same as if it had been so from the beginning',
  );
});

test('a lead that gets the e-mail address of another one brings along everything of its own, including what happened in openhouse', async (t) => {
  const importer = await testImporter(t);
  const [maria, john] = [user({ email: 'maria@x.com' }), user({ email: 'john@x.com' })];
  const ana = contact({ email: 'ana@x.com', createdAt: new Date('2024-01-01') });
  const anna = contact({ email: 'anna@x.com', phone: '5615550134', createdAt: new Date('2024-06-01') });
  const [home, wish] = [property(), search('anna@x.com')];
  const documents = {
    users: [maria, john],
    contacts: [ana, anna],
    properties: [home],
    savedsearches: [wish, search(ana._id)],
    activities: [activity(anna._id), activity(ana._id)],
    leadassignments: [assignment(anna._id, john._id, 'accepted', '2025-01-03')],
    alerts_sent: [alertSent(wish._id, home._id)],
  };
  await importer.import(documents);
  const keys = await keysBy(importer, 'LeadCaptured', 'email');
  const members = await keysBy(importer, 'AgentJoined', 'memberEmail');
  const annaHere = keys['anna@x.com']!;
  await execute(
    importer.store,
    leads,
    annaHere,
    [{ type: 'AssignLead', ownerMemberKey: members['maria@x.com']! }],
    byPerson,
  );
  assert.ok((await optOut(importer.store, annaHere, byPerson)).ok);
  const before = await importer.events();

  const changed = { ...documents, contacts: [ana, { ...anna, email: 'Ana@X.com', updatedAt: later }] };
  await importer.import(changed);
  const told = (await importer.events()).slice(before.length);
  const types = (key: string) => told.filter(({ streamName }) => streamName.endsWith(key)).map(({ type }) => type);
  assert.deepEqual(types(annaHere), ['LeadMergedInto']);
  assert.deepEqual(types(keys['ana@x.com']!), [
    'LeadOptedOut',
    'LeadDetailsCorrected',
    'LeadMerged',
    'LeadAccepted',
    'LeadActivityLogged',
    'LeadAssigned',
  ]);
  const { state } = await load(importer.store, leads, keys['ana@x.com']!);
  assert.equal(
    state.fields.ownerMemberKey,
    members['maria@x.com'],
    'the lead keeps the owner that it had in openhouse',
  );
  assert.equal(state.fields.mobilePhone, '+15615550134');
  assert.deepEqual(state.mergedContactKeys, [annaHere]);
  const moved = told.find(({ type }) => type === 'SavedSearchDetailsCorrected')!.event.data;
  assert.deepEqual(moved, { changes: { contactKey: keys['ana@x.com'] } });
  const listing = (await keysBy(importer, 'ListingEntered', 'listPrice'))['450000'];
  assert.ok((await memory(importer)).includes(`${keys['ana@x.com']} ${listing}`));
  assert.equal((await importer.import(changed)).events, 0);
});

test('the unsubscribe link of a lead that was merged unsubscribes the lead that it was merged into', async (t) => {
  const importer = await testImporter(t);
  const [ana, anna] = [contact({ email: 'ana@x.com' }), contact({ email: 'anna@x.com' })];
  await importer.import({ contacts: [ana, anna] });
  const keys = await keysBy(importer, 'LeadCaptured', 'email');
  await importer.import({ contacts: [ana, { ...anna, email: 'ana@x.com', updatedAt: later }] });
  assert.ok((await optOut(importer.store, keys['anna@x.com']!, byPerson)).ok);
  assert.equal((await load(importer.store, leads, keys['ana@x.com']!)).state.emailOptOut, true);
});

test('when one of two documents moves to another record, the rest stays, as if the document had never been there', async (t) => {
  const importer = await testImporter(t);
  const first = property({ mlsId: 'RX-1', beds: 3 });
  const twin = property({ mlsId: 'RX-1', yearBuilt: 1998 });
  const other = property({ mlsId: 'RX-2', createdAt: new Date('2024-01-01') });
  await importer.import({ properties: [first, twin, other] });
  const keys = await keysBy(importer, 'ListingEntered', 'listingId');
  const documents = { properties: [first, { ...twin, mlsId: 'RX-2', updatedAt: later }, other] };
  await importer.import(documents);
  const [one, two] = await Promise.all(
    ['RX-1', 'RX-2'].map(async (id) => (await load(importer.store, listings, keys[id]!)).state),
  );
  assert.deepEqual([one!.fields.yearBuilt, one!.fields.bedroomsTotal, one!.mergedIntoListingKey], [undefined, 3, null]);
  assert.deepEqual([two!.fields.yearBuilt, two!.fields.listingId], [1998, 'RX-2']);
  assert.equal((await importer.import(documents)).events, 0);
});

test('an import killed while merging two records arrives at the same events', async (t) => {
  const first = { contacts: [contact({ email: 'ana@x.com' }), contact({ email: 'anna@x.com' })] };
  const second = {
    contacts: [first.contacts[0]!, { ...first.contacts[1]!, email: 'ana@x.com', updatedAt: later, emailOptOut: 'Y' }],
  };
  await survivesAKill(
    t,
    first,
    second,
    sql`select record_key from ops.import_merged union select into_key from ops.import_merged`,
  );
});

test('an agent who gets the address of another one is not merged, but has a warning', async (t) => {
  const importer = await testImporter(t);
  const [maria, john] = [user({ email: 'maria@x.com' }), user({ email: 'john@x.com' })];
  await importer.import({ users: [maria, john] });
  const keys = await keysBy(importer, 'AgentJoined', 'memberEmail');
  const changed = { users: [maria, { ...john, email: 'maria@x.com', updatedAt: later }] };
  await importer.import(changed);
  const { state } = await load(importer.store, agents, keys['john@x.com']!);
  assert.deepEqual(state.fields.warnings, [
    { field: 'memberEmail', code: 'shared-with-another-agent', found: 'maria@x.com' },
  ]);
  assert.equal((await importer.import(changed)).events, 0);
});
