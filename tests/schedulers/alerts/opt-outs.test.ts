import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Decimal128, Long, type ObjectId } from 'bson';
import { leads } from '../../../commands/aggregates.ts';
import { execute } from '../../../commands/execute.ts';
import { optOut } from '../../../commands/leads/consent.ts';
import { contact, newId, search } from '../../importers/support/documents.ts';
import { bsonOf } from '../../importers/support/dump.ts';
import { byPerson } from '../../importers/support/importer.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { newHome, openImporting } from '../support/import-and-alert.ts';

const boca = { city: 'Boca Raton' };
const instantly = (contactId: unknown) => search(contactId, { frequency: 'instant', query: boca });

/** A document with a duplicate key: no driver writes these, but old servers contain them. */
const twice = (document: Record<string, unknown>, first: string, second: string) => {
  assert.equal(first.length, second.length);
  return Buffer.from(bsonOf([document]).toString('latin1').replace(`${second}\0`, `${first}\0`), 'latin1');
};

/** The content of a second document of the same person, besides her e-mail address. */
const yes: readonly (readonly [title: string, document: Record<string, unknown>])[] = [
  ['emailOptOut', { emailOptOut: true }],
  ['unsubscribed Y', { unsubscribed: 'Y' }],
  ['unsubscribedAt', { unsubscribedAt: new Date('2024-01-01') }],
  ['opt_out', { opt_out: 'x' }],
  ['emailStatus', { emailStatus: 'unsubscribed' }],
  ['bounced', { bounced: 1 }],
  ['stage DNC', { stage: 'DNC' }],
  ['stage Do Not Contact', { stage: 'Do Not Contact' }],
  ['stage Unsubscribed', { stage: 'Unsubscribed' }],
  ['stage Deceased', { stage: 'Deceased' }],
  ['a tag', { tags: ['vip', 'Do not email'] }],
  ['an unreadable value', { unsubscribed: 'perhaps' }],
];

const no: readonly (readonly [title: string, document: Record<string, unknown>])[] = [
  ['nothing', {}],
  ['0E+2', { unsubscribed: new Decimal128('0E+2') }],
  ['false', { emailOptOut: 'false', unsubscribed: Long.ZERO, stage: 'Hot' }],
];

suite('a yes in any document with an address', () => {
  const mailed = new Set<string>();
  const address = (index: number) => `case${index}@example.com`;
  const all = [...yes, ...no];

  test('is also read from documents that are set aside', async (t) => {
    const world = await openImporting(t);
    const buyers = all.map((_, index) => contact({ email: address(index) }));
    // No usable address, no phone, and the address under another name: quarantined.
    const others = all.map(([, document], index) => ({
      _id: newId(),
      email: 'none@none.com',
      contactEmail: ` \u200b<${address(index).toUpperCase()}>`,
      ...document,
    }));
    const searches = buyers.map(({ _id }) => instantly(_id));
    const summary = await world.import({ contacts: [...buyers, ...others], savedsearches: searches });
    assert.equal(summary.collections.contacts?.quarantined, all.length);
    await world.mailed();
    await world.import({ properties: [newHome()] });
    for (const recipient of await world.mailed()) mailed.add(recipient);
  });

  for (const [index, [title]] of all.entries()) {
    test(`${title}: ${index < yes.length ? 'no e-mail is sent' : 'e-mail is sent'}`, () => {
      assert.equal(mailed.has(address(index)), index >= yes.length);
    });
  }
});

suite('opt-outs in documents that cannot be read', () => {
  const broken: Readonly<Record<string, (email: string, id: number) => Readonly<Record<string, string | Buffer>>>> = {
    'Extended JSON version 1 with binary data': (email) => ({
      'contacts.json': `{"_id":{"$oid":"${newId()}"},"email":"${email}","avatar":{"$binary":"AQ==","$type":"00"},"unsubscribed":true}\n`,
    }),
    'NaN in JSON': (email, id) => ({
      'contacts.json': `{"_id":${id},"email":"${email}","score":NaN,"unsubscribed":true}\n`,
    }),
    'the forms of the shell, in an array': (email) => ({
      'contacts.json': `[{"_id":ObjectId("${newId()}"),"email":"${email}","unsubscribed":NumberLong(1)}]`,
    }),
    'JSON that is broken': (email, id) => ({
      'contacts.json': `{"_id":${id + 1}}\n{"_id":${id},"email":"${email}","unsubscribed":true,"name":oops}\n{"_id":${id + 2}}\n`,
    }),
    'JSON with the key twice': (email, id) => ({
      'contacts.json': `{"_id":${id},"email":"${email}","unsubscribed":1,"unsubscribed":0}\n`,
    }),
    'BSON with the key twice': (email) => ({
      'contacts.bson': twice({ _id: newId(), email, unsubscribed: 1, unsubscribe_: 0 }, 'unsubscribed', 'unsubscribe_'),
    }),
    'BSON that is broken': (email) => {
      const bytes = bsonOf([{ _id: newId(), email, avatar: 'x', unsubscribed: true, score: 1 }]);
      bytes[bytes.indexOf('avatar\0') - 1] = 0x55; // a type that is none
      return { 'contacts.bson': bytes };
    },
    'an address with invisible characters': (email) => ({
      'contacts.bson': bsonOf([
        contact({ email: `\u200b${email.replace('ana', 'Ana').replace('exam', 'exam\u00ad')}`, emailOptOut: 'yes' }),
      ]),
    }),
  };
  const address = (index: number) => `ana${index}@example.com`;
  for (const order of ['before', 'after'] as const) {
    const mailed = new Set<string>();

    test(`count when they are imported ${order} the contact with the same address`, async (t) => {
      const world = await openImporting(t);
      const buyers = Object.keys(broken).map((_, index) => contact({ email: address(index) }));
      const other = contact({ email: 'ben@example.com' });
      const good = {
        contacts: [...buyers, other],
        savedsearches: [...buyers, other].map(({ _id }) => instantly(_id)),
      };
      const importBroken = async () => {
        for (const [index, files] of Object.values(broken).entries())
          await world.importFiles(files(address(index), 100 * (index + 1)));
      };
      if (order === 'before') await importBroken();
      await world.import(good);
      await world.mailed();
      if (order === 'after') await importBroken();
      await world.import({ properties: [newHome()] });
      for (const recipient of await world.mailed()) mailed.add(recipient);
      assert.ok(mailed.has('ben@example.com'), 'whoever did not opt out is notified');
    });

    for (const [index, title] of Object.keys(broken).entries()) {
      test(`${title}, ${order}: no e-mail is sent`, () => assert.ok(!mailed.has(address(index))));
    }
  }
});

test('a flag that returns to false does not revoke the opt-out', async (t) => {
  const world = await openImporting(t);
  const buyer = contact({ email: 'ana@example.com', unsubscribed: true });
  await world.import({ contacts: [buyer], savedsearches: [instantly(buyer._id)] });
  await world.mailed();
  await world.import({
    contacts: [{ ...buyer, unsubscribed: false, updatedAt: new Date('2025-05-01') }],
    properties: [newHome()],
  });
  assert.deepEqual(await world.mailed(), []);
});

test('a person’s opt-in counts until the old CRM reports a new opt-out', async (t) => {
  const world = await openImporting(t);
  const buyer = contact({ email: 'ana@example.com', unsubscribed: true });
  await world.import({ contacts: [buyer], savedsearches: [instantly(buyer._id)] });
  await world.mailed();
  const { rows } = await (await import('kysely')).sql<{
    contact_key: string;
  }>`select contact_key from read.leads`.execute(world.db);
  const contactKey = rows[0]!.contact_key;
  await execute(world.store, leads, contactKey, [{ type: 'OptIn' }], byPerson);
  const edited = { ...buyer, name: 'Ana Lopez', updatedAt: new Date('2025-05-01') };
  await world.import({ contacts: [edited], properties: [newHome()] });
  assert.deepEqual(await world.mailed(), ['ana@example.com']);

  await world.import({ contacts: [{ ...edited, unsubscribed: false, updatedAt: new Date('2025-06-01') }] });
  await world.import({ contacts: [{ ...edited, unsubscribed: true, updatedAt: new Date('2025-07-01') }] });
  await world.import({
    properties: [newHome({ mlsId: 'RX-20000002', address: '2 Ocean Drive, Boca Raton, FL 33432' })],
  });
  assert.deepEqual(await world.mailed(), []);
});

test('a person who unsubscribes as one lead gets no e-mail as another with the same address', async (t) => {
  const world = await openImporting(t);
  await world.lead('ana', { email: 'both@example.com' });
  await world.lead('ben', { email: 'ben@example.com', otherEmails: ['both@example.com'] });
  await world.lead('eve', { email: 'both@example.com' });
  for (const contactKey of ['ana', 'ben', 'eve']) {
    await world.savedSearch(`s-${contactKey}`, { contactKey, criteria: { cities: ['Boca Raton'] }, activeYN: true });
  }
  await world.mailed();
  await optOut(world.store, 'ana', byPerson);
  await world.import({ properties: [newHome()] });
  assert.deepEqual(await world.mailed(), ['ben@example.com']);
});

test('for any documents: an address with a yes in any of them gets no e-mail', async (t) => {
  const world = await openImporting(t);
  const addresses = ['ana@example.com', 'ben@example.com', 'eve@example.com'];
  // Those of an earlier history are other people's.
  let histories = 0;
  const out = new Set<string>();
  const spelled = fc
    .constantFrom(...addresses)
    .chain((address) =>
      fc
        .constantFrom(address, ` ${address.toUpperCase()} `, `\u200b${address}`, `<${address}>`, `mailto:${address}.`)
        .map((text) => ({ address, text })),
    );
  const document = fc.record({
    of: spelled,
    also: fc.option(spelled),
    says: fc.constantFrom(...yes.slice(0, 8), ...no, ...no, ...no, ...no).map(([, fields]) => fields),
    broken: fc.boolean(),
    inImport: fc.constantFrom(0, 1),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(document, { minLength: 1, maxLength: 6 }), async (documents) => {
      histories++;
      const own = (text: string) => text.replace('@', `${histories}@`);
      const isYes = (fields: object) => yes.some(([, known]) => known === fields);
      for (const { says, of, also } of documents)
        if (isYes(says)) for (const one of [of, also]) if (one !== null) out.add(own(one.address));
      const made = documents.map(({ of, also, says, broken }) => {
        const emails = [of, ...(also === null ? [] : [also])].map(({ text }) => own(text));
        // In a broken document, addresses are where no field reader looks.
        const where = broken ? { emailAddresses: emails } : { email: emails };
        return { _id: newId(), name: 'Ana', ...where, ...says };
      });
      const ids = made.flatMap(({ _id }, index): ObjectId[] => (documents[index]!.broken ? [] : [_id]));
      for (const run of [0, 1]) {
        await world.import({ contacts: made.filter((_, index) => documents[index]!.inImport === run) });
      }
      await world.import({ savedsearches: ids.map(instantly) });
      await world.mailed();
      const mlsId = `RX-${20_000_000 + histories}`;
      await world.import({
        properties: [newHome({ mlsId, address: `${histories} Ocean Drive, Boca Raton, FL 33432` })],
      });
      for (const recipient of await world.mailed()) assert.ok(!out.has(recipient), recipient);
    }),
    { numRuns: runs(12) },
  );
});
