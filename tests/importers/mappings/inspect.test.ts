import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Decimal128, Long, ObjectId } from 'bson';
import { inspectionPage } from '../../../cli/import/inspection-page.ts';
import { inspectionText } from '../../../cli/import/inspection-text.ts';
import { openDump } from '../../../importers/dump/open-dump.ts';
import { fittingMapping } from '../../../importers/inspecting/fitting-mapping.ts';
import { type Inspection, inspectSource } from '../../../importers/inspecting/inspect-source.ts';
import { proposeMapping } from '../../../importers/inspecting/proposing/propose-mapping.ts';
import { type CompiledMapping, compileMapping } from '../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import { readMapping } from '../../../importers/mappings/read-mapping.ts';
import { writeDump } from '../support/dump.ts';

const sample = (name: string) => fileURLToPath(new URL(`../../../samples/${name}`, import.meta.url));
const signal = new AbortController().signal;

const inspect = async (folder: string, mapping?: CompiledMapping): Promise<Inspection> => {
  const source = await openDump(folder, 'all');
  return await inspectSource(source, folder, mapping ?? (await fittingMapping(source)), { signal, now: new Date() });
};

const pathIn = ({ collections }: Inspection, collection: string, path: string) =>
  collections.find(({ name }) => name === collection)?.paths.find((one) => one.path === path);

suite('openhouse import inspect', () => {
  test('shows what is there, what it becomes and what nothing reads', async () => {
    const inspection = await inspect(sample('simplyrets'));
    assert.equal(inspection.mapping.name, 'simplyrets');
    const bedrooms = pathIn(inspection, 'properties', 'property.bedrooms');
    assert.deepEqual(bedrooms?.feeds, ['listings.bedroomsTotal']);
    assert.ok(bedrooms.numbers !== undefined && bedrooms.numbers.min >= 0 && bedrooms.numbers.max <= 10);
    assert.ok(Object.keys(pathIn(inspection, 'properties', 'mls.status')?.values ?? {}).includes('Active'));
    assert.equal(pathIn(inspection, 'properties', 'geo.county')?.unread, true);
    assert.equal(pathIn(inspection, 'properties', 'geo.lat')?.unread, false);
    assert.deepEqual(
      inspection.collections.map(({ name, recordTypes }) => [name, recordTypes.map(({ inPart }) => inPart)]),
      ['agents', 'events', 'leads', 'properties', 'searches', 'sent'].map((name) => [name, [0]]),
    );
  });

  test('shows which fields are read as consent, though no mapping names them, and masks them as before', async (t) => {
    const person = {
      _id: 1,
      email: 'ana@example.com',
      no_enviar_correos: true,
      gdpr: { consent: 'no' },
      mailing_note: 'Rosa said no',
    };
    const inspection = await inspect(writeDump(t, { contacts: [person], users: [person] }), await loadMapping());
    for (const path of ['no_enviar_correos', 'gdpr.consent']) {
      assert.deepEqual(pathIn(inspection, 'contacts', path)?.feeds, ['leads.emailOptOut'], path);
      assert.deepEqual(pathIn(inspection, 'users', path)?.feeds, [], path);
    }
    assert.ok(!JSON.stringify(inspection).includes('Rosa'));
  });

  for (const name of ['legacy', 'reso', 'simplyrets']) {
    test(`finds the mapping of samples/${name} that fits, and proposes one that understands as much`, async () => {
      const inspection = await inspect(sample(name));
      assert.equal(inspection.mapping.name, name === 'legacy' ? 'home-grown' : name);
      const reading = readMapping(await proposeMapping(inspection));
      assert.ok('file' in reading, JSON.stringify(reading));
      const proposed = await inspect(sample(name), compileMapping(reading.file));
      for (const [index, { recordTypes }] of proposed.collections.entries()) {
        const before = inspection.collections[index]!.recordTypes[0]!;
        const after = recordTypes.find(({ type }) => type === before.type);
        assert.equal(after?.quarantined, before.quarantined, `${before.type}: ${JSON.stringify(after)}`);
        assert.ok(after.understood >= before.understood - 1, `${before.type}: ${JSON.stringify(after)}`);
      }
    });
  }

  test('warns of dates in the future, and says of how many documents following finds no change by its date', async (t) => {
    const dates = [new Date(), '2024-05-02T10:00:00+02:00', 1_714_644_000, '2199-01-01', '05/02/2024', undefined];
    const properties = dates.map((updatedAt, _id) => ({ _id, mlsId: `RX-1000000${_id}`, status: 'A', updatedAt }));
    const inspection = await inspect(writeDump(t, { properties }));
    const [{ notByDate, recordTypes }] = inspection.collections as [Inspection['collections'][number]];
    assert.equal(notByDate, 2);
    assert.equal(recordTypes[0]!.warnings['updatedAt date-in-future'], 1);
    for (const text of [inspectionText(inspection), inspectionPage(inspection)]) {
      assert.match(text, /2 documents have no date of the last change .* only by sweeps/);
      assert.match(text, /date-in-future/);
    }
  });

  test('masks personal values, by what the mapping says, by names of fields and by what they look like', async (t) => {
    const secrets = ['ana.lopez@example.com', '(561) 555-0134', 'Ana López', 'Old Secret Road', 'likes boats'];
    const onlyByName = { first_nm: 'Yolanda', last_nm: 'Hernandez', Nachname: 'Muster', apellido_2: 'Garcia' };
    const people = Array.from({ length: 6 }, (_, index) => ({
      _id: index,
      name: 'Ana López',
      email: 'ana.lopez@example.com',
      stage: 'new',
      reachAt: 'ana.lopez@example.com',
      ring: '(561) 555-0134',
      note: 'likes boats',
      street: 'Old Secret Road',
      ...onlyByName,
    }));
    const inspection = await inspect(writeDump(t, { contacts: people }), await loadMapping());
    for (const shown of [JSON.stringify(inspection), inspectionText(inspection), inspectionPage(inspection)]) {
      for (const secret of [...secrets, ...Object.values(onlyByName)]) assert.ok(!shown.includes(secret), secret);
      assert.ok(shown.includes('new'));
    }
  });

  test('says in words what is not understood, with the values that caused it', async (t) => {
    const home = (status: string, price: string) => ({
      _id: status + price,
      mlsId: `RX-1${price.length}`,
      status,
      price,
    });
    const dump = writeDump(t, {
      properties: [home('Ghost', '100'), home('Active', 'call us'), home('Active', '$450,000')],
    });
    const inspection = await inspect(dump, await loadMapping());
    const text = inspectionText(inspection);
    assert.match(text, /1 × not imported: Unknown status \(status-unreadable\): "Ghost"/);
    assert.match(text, /1 × List price: This is not a price \(listPrice not-a-price\): "call us"/);
    assert.match(inspectionPage(inspection), /List price: This is not a price .*call us/);
  });

  test('does not take years for amounts, and masks a yes or no nowhere', async (t) => {
    const people = [1960, 2004].map((since) => ({
      _id: `p${since}`,
      since,
      emailOptOut: since === 1960,
      email: 'a@example.com',
    }));
    const text = inspectionText(await inspect(writeDump(t, { contacts: people }), await loadMapping()));
    assert.match(text, /since +number; 1960 to 2004/);
    assert.match(text, /emailOptOut +yes\/no; "false" 1, "true" 1/);
  });

  test('copes with anything that a document may contain', async (t) => {
    let deep: object = { end: 1 };
    for (let level = 0; level < 90; level++) deep = { level: deep };
    const documents = [
      JSON.parse('{"_id":1,"__proto__":{"polluted":true},"constructor":"x","a.b":{"c.d":1},"$where":"1"}') as object,
      { _id: 2, price: Number.NaN, beds: Long.MAX_VALUE, soldPrice: Decimal128.fromString('9E+6000'), deep },
      { _id: 3, address: ['x', ['y', [{ city: 1 }]]], status: new ObjectId(), photos: { 0: 'a', toString: null } },
      { _id: 4, status: 'a\u0000b\ud800', price: new Date(8.64e15), '<script>': '<img src=x onerror=alert(1)>' },
      Object.fromEntries([
        ['_id', 5],
        ...Array.from({ length: 2_000 }, (_, index) => [`field${index}x`, index]),
      ]) as object,
    ];
    const inspection = await inspect(writeDump(t, { properties: documents }), await loadMapping());
    const [collection] = inspection.collections;
    assert.equal(collection?.documents, documents.length);
    assert.equal(collection.morePaths, true);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    const page = inspectionPage(inspection);
    assert.ok(!page.includes('<script') && !page.includes('<img'));
    await proposeMapping(inspection);
  });
});
