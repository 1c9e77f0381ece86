import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { leads, listings } from '../../../../commands/aggregates.ts';
import { load } from '../../../../commands/execute.ts';
import { optOut } from '../../../../commands/leads/consent.ts';
import { rememberSent } from '../../../../delivery/sent-memory.ts';
import { parseStreamName } from '../../../../domain/events.ts';
import { planSplit, type Split, splitByHand } from '../../../../importers/splitting/split-by-hand.ts';
import { groupByIdentity } from '../../../../importers/staging/grouping/group.ts';
import fc from '../../../support/fast-check.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { contact, property, search } from '../../support/documents.ts';
import { byPerson, now, type TestImporter, testImporter } from '../../support/importer.ts';

const idOf = ({ _id }: { _id: { toHexString(): string } }) => _id.toHexString();
const because = 'Two people, I called both';

const split = ({ db, store }: TestImporter, aggregate: Split['aggregate'], recordKey: string, documents: string[]) =>
  splitByHand({ db, store, clock: fixedClock(now) }, { aggregate, recordKey, documents }, { by: 'dana', because });

const onlyKey = async (importer: TestImporter, type: 'LeadCaptured' | 'ListingEntered') => {
  const found = (await importer.events()).filter((event) => event.type === type);
  assert.equal(found.length, 1);
  return parseStreamName(found[0]!.streamName)!.key;
};

test('two people merged by one address are split for good: by whom and why, with opt-outs and what was sent on both sides', async (t) => {
  const importer = await testImporter(t);
  const ana = contact({ name: 'Ana López', email: 'family@x.com', phone: '5615550101' });
  const bob = contact({ name: 'Bob Buyer', email: 'family@x.com', phone: '5615550102' });
  const documents = { contacts: [ana, bob], savedsearches: [search(ana._id), search(bob._id)] };
  await importer.import(documents);
  const key = await onlyKey(importer, 'LeadCaptured');
  assert.ok((await optOut(importer.store, key, byPerson)).ok);
  const sent = { listingKey: 'l1', savedSearchKey: 's1', position: 1n, standardStatus: 'Active', listPrice: 1 };
  await rememberSent(importer.db, [{ contactKey: key, ...sent }], new Date());

  const before = (await importer.events()).length;
  const { records } = await split(importer, 'lead', key, [`contacts/${idOf(bob)}`]);
  assert.deepEqual(records[0], { recordKey: key, legacyIds: [idOf(ana)] });
  const bobKey = records[1]!.recordKey;
  assert.deepEqual(records[1]!.legacyIds, [idOf(bob)]);
  const [anaNow, bobNow] = [
    (await load(importer.store, leads, key)).state,
    (await load(importer.store, leads, bobKey)).state,
  ];
  assert.deepEqual(
    [anaNow, bobNow].map(({ fields, emailOptOut }) => [
      fields.firstName,
      fields.mobilePhone,
      fields.otherValues ?? null,
      emailOptOut,
    ]),
    [
      ['Ana', '+15615550101', null, true],
      ['Bob', '+15615550102', null, true],
    ],
  );
  const by = (await importer.events())
    .slice(before)
    .filter(({ type }) => type === 'LeadSplit' || type === 'LeadSplitFrom')
    .map(({ metadata }) => [metadata.actor, metadata.reason]);
  assert.deepEqual(by, [
    [{ kind: 'person', id: 'dana' }, because],
    [{ kind: 'person', id: 'dana' }, because],
  ]);
  const { rows: memory } = await sql<{ contact_key: string }>`select contact_key from ops.sent_memory`.execute(
    importer.db,
  );
  assert.deepEqual(memory.map(({ contact_key }) => contact_key).sort(), [key, bobKey].sort());
  const { rows: searches } = await sql<{ contact_key: string }>`
    select contact_key from ops.import_document where collection = 'savedsearches'`.execute(importer.db);
  assert.deepEqual(searches.map(({ contact_key }) => contact_key).sort(), [key, bobKey].sort());

  // The same documents, edited ones, and a third one that belongs to both.
  assert.equal((await importer.import(documents)).events, 0);
  const edited = { ...bob, phone: '5615550103', updatedAt: new Date('2026-01-01') };
  const both = contact({ name: 'Ana López', email: 'family@x.com' });
  await importer.import({ ...documents, contacts: [ana, edited, both] });
  const [anaLater, bobLater] = [
    (await load(importer.store, leads, key)).state,
    (await load(importer.store, leads, bobKey)).state,
  ];
  assert.deepEqual(
    [
      anaLater.mergedIntoContactKey,
      bobLater.mergedIntoContactKey,
      anaLater.fields.legacyIds?.length,
      bobLater.fields.mobilePhone,
    ],
    [null, null, 2, '+15615550103'],
  );
});

test('two homes with one MLS number are split for good, and neither is news', async (t) => {
  const importer = await testImporter(t);
  const [one, two] = [
    property({ mlsId: 'RX-10000001', price: 450_000, address: '1 A St, Boca Raton, FL 33432' }),
    property({ mlsId: 'RX-10000001', price: 300_000, address: '2 B St, Boca Raton, FL 33432' }),
  ];
  await importer.import({ properties: [one, two] });
  const key = await onlyKey(importer, 'ListingEntered');
  const before = (await importer.events()).length;
  const { records } = await split(importer, 'listing', key, [idOf(two)]);
  const states = await Promise.all(records.map(({ recordKey }) => load(importer.store, listings, recordKey)));
  assert.deepEqual(
    states.map(({ state }) => [state.fields.listPrice, state.fields.unparsedAddress]),
    [
      [450_000, '1 A St, Boca Raton, FL 33432'],
      [300_000, '2 B St, Boca Raton, FL 33432'],
    ],
  );
  const types = (await importer.types(before)).sort();
  assert.deepEqual(types, ['ListingDetailsCorrected', 'ListingEntered', 'ListingSplit', 'ListingSplitFrom']);
  assert.equal((await importer.import({ properties: [one, two] })).events, 0);
});

test('a split that was killed is completed by the next import, with the person who split', async (t) => {
  const importer = await testImporter(t);
  const [ana, bob] = [
    contact({ name: 'Ana López', email: 'f@x.com' }),
    contact({ name: 'Bob Buyer', email: 'f@x.com' }),
  ];
  await importer.import({ contacts: [ana, bob] });
  const key = await onlyKey(importer, 'LeadCaptured');
  const stopped = AbortSignal.abort();
  const deps = { db: importer.db, store: importer.store, clock: fixedClock(now) };
  const wanted = { aggregate: 'lead', recordKey: key, documents: [idOf(bob)] } as const;
  await assert.rejects(splitByHand(deps, wanted, { by: 'dana', because }, { signal: stopped }));
  await importer.import({ contacts: [ana, bob] });
  const done = (await importer.events()).filter(({ type }) => type === 'LeadSplit' || type === 'LeadSplitFrom');
  assert.deepEqual(
    done.map(({ metadata }) => metadata.actor.id),
    ['dana', 'dana'],
  );
});

test('a split names only documents of the record, and leaves some', async (t) => {
  const importer = await testImporter(t);
  const [ana, bob, other] = [contact({ email: 'f@x.com' }), contact({ email: 'f@x.com' }), contact()];
  await importer.import({ contacts: [ana, bob, other] });
  const { rows } = await sql<{ record_key: string }>`
    select record_key from ops.import_document where legacy_id in (${idOf(ana)}, ${idOf(other)}) order by legacy_id`.execute(
    importer.db,
  );
  const plan = (recordKey: string, documents: string[]) =>
    planSplit(importer.db, { aggregate: 'lead', recordKey, documents });
  await assert.rejects(plan(rows[0]!.record_key, [idOf(other)]), { code: 'document-unknown' });
  await assert.rejects(plan(rows[0]!.record_key, [idOf(ana), idOf(bob)]), { code: 'nothing-stays' });
  await assert.rejects(plan(rows[1]!.record_key, [idOf(other)]), { code: 'nothing-to-split' });
  const { stays, leaves } = await plan(rows[0]!.record_key, [`ObjectId("${idOf(bob).toUpperCase()}")`]);
  assert.deepEqual([stays[0]?.legacyId, leaves[0]?.legacyId], [idOf(ana), idOf(bob)]);
});

test('whatever documents share, no two sides of a split become one record', () => {
  const document = fc.record({
    identities: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', '~d', '~e'), { maxLength: 3 }),
    apart: fc
      .subarray(['1 stays', '2 stays'])
      .chain((sides) => fc.constantFrom(...[sides, sides.map((side) => side.replace('stays', 'leaves'))])),
  });
  fc.assert(
    fc.property(fc.array(document, { minLength: 2, maxLength: 9 }), (found) => {
      const documents = found.map((one, index) => ({
        ...one,
        legacyId: String(index),
        recordKey: 'r0',
        ownKey: `r${index}`,
        spareKey: `s${index}`,
        applied: index === 0,
        createdAt: null,
      }));
      const moves = groupByIdentity(documents, true);
      const sides = new Map<string, string>();
      for (const { legacyId, recordKey, apart } of documents) {
        for (const side of apart) {
          const [name, which] = side.split(' ') as [string, string];
          const record = `${moves.get(legacyId) ?? recordKey} ${name}`;
          assert.equal(sides.get(record) ?? which, which);
          sides.set(record, which);
        }
      }
    }),
  );
});
