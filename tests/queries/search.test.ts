import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { findByKind } from '../../queries/search/find.ts';
import { openWorld, type World } from '../history/support.ts';

suite('search', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    await world.tell('lead', 'ana', [
      {
        type: 'RecordLead',
        contactKey: 'ana',
        fields: {
          firstName: 'Ána',
          lastName: 'Lopez',
          email: 'ana@old.example.com',
          mobilePhone: '+15615550134',
          otherValues: [{ field: 'mobilePhone', value: '+13055550188', legacyId: 'contacts/2' }],
        },
      },
      {
        type: 'CorrectLead',
        changes: { email: 'ana@new.example.com', mobilePhone: '+19545550177', lastName: 'Vega' },
      },
    ]);
    await world.tell('listing', 'home', [
      {
        type: 'RecordListing',
        listingKey: 'home',
        fields: { listingId: 'RX-1', standardStatus: 'Active', unparsedAddress: '12 Ocean Blvd, Boca Raton, FL 33432' },
      },
      { type: 'CorrectListing', changes: { unparsedAddress: '21 Ocean Blvd, Boca Raton, FL 33432' } },
    ]);
    await world.tell('agent', 'dana', {
      type: 'RecordAgent',
      memberKey: 'dana',
      fields: { memberFullName: 'Dana Whitfield', memberEmail: 'dana@example.com', memberMobilePhone: '+15615550111' },
    });
    for (let n = 0; n < 45; n++) {
      const fields = { firstName: `Sam ${n % 7}`, lastName: 'Same', email: `sam${n}@example.com` };
      await world.tell('lead', `sam-${n}`, { type: 'RecordLead', contactKey: `sam-${n}`, fields });
    }
    await world.catchUp();
  });
  after(() => world.close());
  const keysOf = async (text: string) =>
    (await findByKind(world.db, ['listing', 'lead', 'agent'], text)).flatMap(({ rows }) => rows.map(({ key }) => key));

  for (const spelling of [
    '+19545550177',
    '9545550177',
    '(954) 555-0177',
    '954.555.0177',
    '1-954-555-0177',
    '001 954 555 0177',
    '954 555 0177 ext. 4',
    'tel: 954-555-0177',
    '555-0177',
    '(954) 555',
  ]) {
    test(`finds a phone number written as ${spelling}`, async () => {
      assert.deepEqual(await keysOf(spelling), ['ana']);
    });
  }

  test('finds what a person or a home was known by before, and what only one document says', async () => {
    for (const former of ['ana@old.example.com', 'lopez', 'LÓPEZ ana', '561-555-0134', '(305) 555 0188']) {
      assert.deepEqual(await keysOf(former), ['ana'], former);
    }
    assert.deepEqual(await keysOf('12 ocean'), ['home']);
    assert.deepEqual(await keysOf('boca ocean 21'), ['home']);
  });

  test('finds the phone number of an agent', async () => {
    assert.deepEqual(await keysOf('561 555 0111'), ['dana']);
  });

  test('does not take a text with letters for a phone number', async () => {
    for (const text of ['0177 Ocean Blvd', '954x']) assert.deepEqual(await keysOf(text), [], text);
  });

  test('pages through all results, each once, in one order', async () => {
    const seen: string[] = [];
    let next: string | null | undefined;
    do {
      const [leads] = await findByKind(world.db, ['lead'], 'same', { limit: 10, after: next ?? undefined });
      assert.equal(leads?.total, 45);
      seen.push(...leads!.rows.map(({ title, key }) => `${title} ${key}`));
      next = leads!.next;
    } while (next !== null);
    assert.equal(new Set(seen).size, 45);
    assert.equal(seen.length, 45);
  });

  test('takes a broken cursor for the first page', async () => {
    const [leads] = await findByKind(world.db, ['lead'], 'same', { limit: 10, after: 'nonsense' });
    assert.equal(leads?.rows.length, 10);
  });
});
