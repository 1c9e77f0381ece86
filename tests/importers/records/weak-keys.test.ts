import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leads, listings } from '../../../commands/aggregates.ts';
import { load } from '../../../commands/execute.ts';
import { parseStreamName } from '../../../domain/events.ts';
import { isPlaceholderName, nameKey } from '../../../domain/identity/person-name.ts';
import { looksShared } from '../../../domain/identity/shared-address.ts';
import { readHistory } from '../../../history/read-history.ts';
import { stateAt } from '../../../history/state-at.ts';
import { contact, property, search, user } from '../support/documents.ts';
import { quarantined, type TestImporter, testImporter } from '../support/importer.ts';

/** The present leads. */
const allLeads = async (importer: TestImporter) => {
  const keys = (await importer.events())
    .filter(({ type }) => type === 'LeadCaptured')
    .map(({ streamName }) => parseStreamName(streamName)!.key);
  const states = await Promise.all(keys.map(async (key) => (await load(importer.store, leads, key)).state));
  return states.filter(({ mergedIntoContactKey }) => mergedIntoContactKey === null);
};

const phoneOf = (n: number) => `+1561${String(5_550_000 + n)}`;
const letters = (n: number) => String.fromCharCode(97 + Math.floor(n / 26), 97 + (n % 26));

test('addresses of offices and made-up ones are weak, people’s are not', () => {
  const weak = [
    'info@office.example',
    'sales@x.com',
    'office2@x.com',
    'no-reply@x.com',
    'noreply@x.com',
    'Admin@x.com',
    'test@gmail.com',
    'asdf@gmail.com',
    'asdfgh@x.com',
    'none@gmail.com',
    'xxx@x.com',
    'no.email@gmail.com',
    'ana@none.com',
    'a@noemail.net',
    'front.desk@x.com',
    'info+web@x.com',
    'test1@x.com',
    'who@x.invalid',
    'a@a.com',
    'abc@abc.com',
    '1@1.com',
    'info.boca@x.com',
    'sales.team@x.com',
    'front-office@x.com',
    'ventas@x.com',
    'oficina@x.com',
    'thegarciateam@x.com',
    'smithrealty@x.com',
    'buyer@x.com',
    'openhouse@x.com',
    'notgiven@x.com',
    'noemailgiven@x.com',
    'firstname.lastname@x.com',
    'user@domain.com',
    '1234@x.com',
    'donotcontact@x.com',
  ]; // prettier-ignore
  for (const address of weak) assert.ok(looksShared(address.toLowerCase()), address);
  const strong = [
    'ana@example.com',
    'ana.lopez@gmail.com',
    'testa@x.com',
    'sally@x.com',
    'informatica@x.com',
    'adminah@x.com',
    'al@mail.com',
    'a@x.com',
    'smithson@smithson.com',
    'steve.jobs@x.com',
    'ana.rosales@x.com',
    'ana1984@x.com',
    '5615550134@x.com',
    'noah@x.com',
    'nadia@x.com',
    'homero@x.com',
    'teamo.ana@x.com',
  ];
  for (const address of strong) assert.ok(!looksShared(address), address);
});

test('names agree regardless of accents and order; nicknames, single words and placeholders do not', () => {
  const ana = nameKey({ firstName: 'Ana', lastName: 'López' });
  assert.equal(nameKey({ firstName: 'LOPEZ,', lastName: 'ANA' }), ana);
  assert.notEqual(nameKey({ firstName: 'Anita', lastName: 'López' }), ana);
  assert.equal(nameKey({ firstName: 'Ana' }), undefined);
  for (const firstName of [
    'Dup',
    'TEST',
    'Unknown',
    'N/A',
    'test test',
    'Do Not Use',
    'xxx',
    '???',
    '123',
    'Zillow User',
    'New Lead',
    'Unknown Caller',
    'Delete Me',
    'DO NOT CALL',
    'x x',
  ]) {
    assert.ok(isPlaceholderName({ firstName }), firstName);
  }
  for (const firstName of ['Bob', 'Ana María', 'Dupont', 'Tess', 'Ana Guest', '李 明'])
    assert.ok(!isPlaceholderName({ firstName }), firstName);
});

test('300 contacts with the office’s address are 300 leads, each with its own phone number', async (t) => {
  const importer = await testImporter(t);
  const contacts = Array.from({ length: 300 }, (_, n) =>
    contact({ name: `Person ${letters(n)} Family${letters(n)}`, email: 'info@office.example', phone: phoneOf(n) }),
  );
  const summary = await importer.import({ contacts });
  assert.deepEqual([summary.collections.contacts?.applied, summary.collections.contacts?.merged], [300, 0]);
  const phones = new Set((await allLeads(importer)).map(({ fields }) => fields.mobilePhone));
  assert.equal(phones.size, 300);
  assert.equal((await importer.import({ contacts })).events, 0);
});

test('contacts with an office address and the same name or phone number are one person', async (t) => {
  const importer = await testImporter(t);
  const shared = { email: 'info@office.example' };
  await importer.import({
    contacts: [
      contact({ ...shared, name: 'Ana López', phone: '5615550101' }),
      contact({ ...shared, name: 'LOPEZ, ANA', phone: '5615550102' }),
      contact({ ...shared, name: 'A. L.', phone: '(561) 555-0102' }),
      contact({ ...shared, name: 'Bob Buyer', phone: '5615550103' }),
      contact({ ...shared, name: 'Dup', phone: undefined }),
    ],
  });
  const sizes = (await allLeads(importer)).map(({ fields }) => fields.legacyIds!.length);
  assert.deepEqual(sizes.sort(), [1, 1, 3]);
});

test('an address shared by many names is weak, a family’s is not', async (t) => {
  const importer = await testImporter(t);
  const people = (email: string, count: number) =>
    Array.from({ length: count }, (_, n) => contact({ name: `Person Family${letters(n)}`, email, phone: phoneOf(n) }));
  await importer.import({ contacts: [...people('lobby@x.com', 6), ...people('garcia@x.com', 3)] });
  const emails = (await allLeads(importer)).map(({ fields }) => fields.email);
  assert.equal(emails.filter((email) => email === 'lobby@x.com').length, 6);
  assert.equal(emails.filter((email) => email === 'garcia@x.com').length, 1);
});

test('an office’s or an agent’s own phone number does not make two people one', async (t) => {
  const importer = await testImporter(t);
  const office = { email: 'info@office.example', phone: '5615550101' };
  const agent = { email: 'maria@x.com', phone: '5615550111' };
  await importer.import({
    users: [user(agent)],
    contacts: [
      contact({ ...office, name: 'Ana López' }),
      contact({ ...office, name: 'Bob Buyer' }),
      contact({ ...agent, name: 'Cy Caro' }),
      contact({ ...agent, name: 'Caro' }),
    ],
  });
  assert.equal((await allLeads(importer)).length, 4);
});

test('many first names or phone numbers make an address weak, even without full names', async (t) => {
  const importer = await testImporter(t);
  const many = (fields: (n: number) => object) => Array.from({ length: 6 }, (_, n) => contact(fields(n)));
  await importer.import({
    contacts: [
      ...many((n) => ({ name: undefined, email: 'lobby@x.com', phone: phoneOf(n) })),
      ...many((n) => ({ name: `Nam${letters(n)}`, email: 'desk9@x.com' })),
    ],
  });
  assert.equal((await allLeads(importer)).length, 12);
});

test('two agents with the office’s address stay two, and a reference to that address is ambiguous', async (t) => {
  const importer = await testImporter(t);
  await importer.import({
    users: [user({ name: 'Ana Agent', email: 'office@b.com' }), user({ name: 'Bob Broker', email: 'office@b.com' })],
    contacts: [contact({ assignedTo: 'office@b.com', email: ['office@b.com', 'cy@x.com'] })],
  });
  assert.equal((await importer.types()).filter((type) => type === 'AgentJoined').length, 2);
  const [lead] = await allLeads(importer);
  assert.equal(lead!.fields.ownerMemberKey, undefined);
  assert.equal(lead!.fields.email, 'cy@x.com');
  assert.deepEqual(
    lead!.fields.warnings?.map(({ field, code }) => `${field} ${code}`),
    ['ownerMemberKey reference-ambiguous'],
  );
});

test('made-up MLS numbers, and one on homes at many addresses, join only homes at the same address', async (t) => {
  const importer = await testImporter(t);
  const at = (mlsId: string, street: string) => property({ mlsId, address: `${street}, Boca Raton, FL 33432` });
  await importer.import({
    properties: [
      ...['11111111', 'RX-12345678', '98765'].flatMap((mlsId) => [
        at(mlsId, '1 A St'),
        at(mlsId, '2 B St'),
        at(mlsId, '1 a st.'),
      ]),
      ...Array.from({ length: 6 }, (_, n) => at('RX-10812345', `${n} C St`)),
      at('RX-10812346', '1 D St'),
      at('RX-10812346', '1 D Street'),
    ],
  });
  assert.equal((await importer.types()).filter((type) => type === 'ListingEntered').length, 6 + 6 + 1);
});

test('a name that says that its document is a duplicate is not preferred, and every owner is kept', async (t) => {
  const importer = await testImporter(t);
  const [maria, carl] = [user(), user({ name: 'Carl Cole' })];
  const later = { email: 'bob@x.com', updatedAt: new Date('2025-03-01') };
  await importer.import({
    users: [maria, carl],
    contacts: [
      contact({ name: 'Bob Buyer', email: 'bob@x.com', assignedTo: maria._id }),
      contact({ ...later, name: 'Bob (dup)', assignedTo: carl._id }),
    ],
  });
  const [{ fields }] = (await allLeads(importer)) as [Awaited<ReturnType<typeof allLeads>>[number]];
  assert.deepEqual([fields.firstName, fields.lastName], ['Bob', 'Buyer']);
  const other = fields.otherValues?.find(({ field }) => field === 'ownerMemberKey');
  assert.ok(other !== undefined && other.value !== fields.ownerMemberKey);
});

test('two buyers whose second address is their agent’s stay separate, and neither gets e-mail there', async (t) => {
  const importer = await testImporter(t);
  const documents = {
    users: [user({ email: 'maria@x.com' })],
    contacts: [
      contact({ name: 'Ana López', email: ['ana@x.com', 'maria@x.com'] }),
      contact({ name: 'Bob Buyer', email: ['maria@x.com', 'bob@x.com'] }),
    ],
  };
  await importer.import(documents);
  const emails = (await allLeads(importer)).map(({ fields }) => [fields.email, fields.otherEmails]);
  assert.deepEqual(emails.sort(), [
    ['ana@x.com', ['maria@x.com']],
    ['bob@x.com', ['maria@x.com']],
  ]);
  assert.equal((await importer.import(documents)).events, 0);
});

test('a saved search with a shared address is quarantined, because it could be anyone’s', async (t) => {
  const importer = await testImporter(t);
  const shared = { email: 'info@office.example' };
  await importer.import({
    contacts: [contact({ ...shared, name: 'Ana López' }), contact({ ...shared, name: 'Bob Buyer' })],
    savedsearches: [search('info@office.example')],
  });
  assert.deepEqual(await quarantined(importer.db), ['savedsearches contact-ambiguous']);
});

test('an opt-out of a shared address counts for everyone who has it', async (t) => {
  const importer = await testImporter(t);
  const shared = { email: 'info@office.example' };
  const [ana, bob] = [contact({ ...shared, name: 'Ana López' }), contact({ ...shared, name: 'Bob Buyer' })];
  await importer.import({ contacts: [ana] });
  await importer.import({ contacts: [ana, { ...bob, unsubscribed: true }] });
  assert.deepEqual(
    (await allLeads(importer)).map(({ emailOptOut }) => emailOptOut),
    [true, true],
  );
});

test('"Bob Buyer" and "Dup" with the same address are Bob Buyer', async (t) => {
  const importer = await testImporter(t);
  const bob = contact({ name: 'Bob Buyer', email: 'bob@x.com', phone: '5615550134' });
  const dup = contact({ name: 'Dup', email: 'bob@x.com', phone: '5615550199', updatedAt: new Date('2025-03-01') });
  await importer.import({ contacts: [bob, dup] });
  const [lead] = await allLeads(importer);
  assert.deepEqual([lead!.fields.firstName, lead!.fields.lastName], ['Bob', 'Buyer']);
  assert.deepEqual(lead!.fields.otherValues, [
    { field: 'firstName', value: 'Dup', legacyId: `contacts/${dup._id.toHexString()}` },
    { field: 'mobilePhone', value: '+15615550134', legacyId: `contacts/${bob._id.toHexString()}` },
  ]);
});

test('both ends of a budget come from the same document', async (t) => {
  const importer = await testImporter(t);
  const first = contact({ email: 'bob@x.com', budget: { min: 390_000, max: 570_000 } });
  const later = contact({ email: 'bob@x.com', budget: 'under 380k', updatedAt: new Date('2025-03-01') });
  await importer.import({ contacts: [first, later] });
  const [lead] = await allLeads(importer);
  assert.deepEqual([lead!.fields.listPriceMin, lead!.fields.listPriceMax], [undefined, 380_000]);
  const others = lead!.fields.otherValues!.map(({ field, value }) => `${field} ${value}`);
  assert.deepEqual(others, ['listPriceMax 570000', 'listPriceMin 390000']);
});

test('each value of a merged home has its document and date, and the whole address comes from one document', async (t) => {
  const importer = await testImporter(t);
  const first = property({
    mlsId: 'RX-10000001',
    beds: 3,
    address: '1 First St, Boca Raton, FL 33432',
    createdAt: new Date('2024-01-01'),
  });
  const later = property({
    mlsId: 'RX-10000001',
    address: { street: '2 Second Ave', city: 'Lantana' },
    price: 440_000,
    createdAt: new Date('2024-06-01'),
    updatedAt: new Date('2025-03-01'),
  }); // prettier-ignore
  const unrelated = property({ updatedAt: new Date('2026-01-01') });
  await importer.import({ properties: [first, later, unrelated] });
  const entered = (await importer.events()).find(
    ({ event }) => event.type === 'ListingEntered' && event.data.listingId === 'RX-10000001',
  )!;
  const { state } = await load(importer.store, listings, parseStreamName(entered.streamName)!.key);
  assert.deepEqual(
    [state.fields.unparsedAddress, state.fields.postalCode, state.fields.listPrice, state.fields.bedroomsTotal],
    ['2 Second Ave, Lantana', undefined, 440_000, 3],
  );
  const name = `properties/${later._id.toHexString()}`;
  assert.equal(entered.metadata.source, `legacy:properties/${first._id.toHexString()}`);
  assert.equal(entered.metadata.occurredAt, '2024-01-01T00:00:00.000Z');
  assert.equal(entered.metadata.sources?.listPrice, name);
  assert.equal(entered.metadata.sources?.unparsedAddress, name);
  assert.equal(entered.metadata.sources?.bedroomsTotal, undefined);

  const history = [];
  for await (const step of readHistory(importer.store, 'listing', parseStreamName(entered.streamName)!.key))
    history.push(step);
  const price = history[0]!.entry.changes.find(({ fieldName }) => fieldName === 'listPrice');
  assert.equal(price?.source, `legacy:${name}`, 'the history of the record shows it');
  const now = await stateAt(
    importer.store,
    'listing',
    parseStreamName(entered.streamName)!.key,
    new Date('2100-01-01'),
  );
  assert.deepEqual(
    [now?.sources.listPrice, now?.sources.bedroomsTotal],
    [`legacy:${name}`, `legacy:properties/${first._id.toHexString()}`],
  );

  // Edited without a date: when is unknown, and no other document's date is used instead.
  await importer.import({ properties: [first, { ...later, price: 430_000 }, unrelated] });
  const edited = (await importer.events()).at(-1)!;
  assert.equal(edited.type, 'ListPriceChanged');
  assert.deepEqual(
    [edited.metadata.source, edited.metadata.occurredAt, edited.metadata.occurredAtEstimated],
    [`legacy:${name}`, '2026-06-01T12:00:00.000Z', true],
  );
});

test('a second phone number in the same field is kept too', async (t) => {
  const importer = await testImporter(t);
  const ana = contact({ email: 'ana@example.com', phone: '561-555-0136 / 561-555-0199' });
  await importer.import({ contacts: [ana] });
  const [lead] = await allLeads(importer);
  assert.equal(lead!.fields.mobilePhone, '+15615550136');
  assert.deepEqual(
    lead!.fields.otherValues?.map(({ field, value }) => [field, value]),
    [['mobilePhone', '+15615550199']],
  );
});
