import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { mappingName } from '../../../importers/inspecting/proposing/names/mapping-name.ts';
import { day, english, german, id, many, names, oneOf, places, proposed, taken, understood } from './proposing.ts';

suite('a proposed mapping', () => {
  test('takes a record type from several collections whose fields agree', async (t) => {
    const result = await proposed(t, english);
    assert.deepEqual([...taken(result, 'leads')!].sort(), ['buyers', 'leads']);
    assert.deepEqual([...taken(result, 'listings')!].sort(), ['listings_active', 'listings_archive', 'listings_sold']);
    assert.deepEqual(
      places(result, 'leads', 'email')
        ?.map(({ path }) => path)
        .sort(),
      ['emailAddress', 'mail'],
    );
    for (const [name, count] of [
      ['leads', 20],
      ['buyers', 12],
    ] as const)
      assert.deepEqual(understood(result, name), [['leads', count, count]], name);
    for (const which of ['active', 'sold', 'archive'])
      assert.deepEqual(understood(result, `listings_${which}`), [['listings', 10, 10]], which);
  });

  test('divides one collection by the field that says what each document is, in German', async (t) => {
    const result = await proposed(t, german);
    const where = (...values: string[]) => ['datensaetze', [['satzart', values.length === 1 ? values[0] : values]]];
    assert.deepEqual(taken(result, 'agents'), [where('MAKLER')]);
    assert.deepEqual(taken(result, 'leads'), [where('KUNDE', 'INTERESSENT')]);
    assert.deepEqual(taken(result, 'listings'), [where('OBJEKT')]);
    assert.deepEqual(understood(result, 'datensaetze'), [
      ['agents', 5, 5],
      ['leads', 15, 15],
      ['listings', 15, 15],
    ]);
    assert.match(result.text, /# Not used: datensaetze where satzart is "VORLAGE" \(1 document\)/);
    assert.match(result.text, /standardStatus: .*verkauft: Closed/);
    assert.match(result.text, /livingArea: \{ path: wohnflaeche, unit: m² \}/);
    const [owner] = places(result, 'leads', 'ownerMemberKey')!;
    assert.deepEqual([owner?.path, owner?.refersTo], ['betreuer', 'memberKey']);
  });

  test('divides one collection by the field that says what each document is, in English', async (t) => {
    const result = await proposed(t, {
      records: [
        ...names.map((name, n) => ({ _id: n + 1, kind: 'agent', name, email: `a${n}@example.com`, joined: day(n) })),
        ...many(10, (n) => ({
          _id: 100 + n,
          kind: 'lead',
          name: oneOf(names, n),
          email: `l${n}@example.com`,
          agent: 1 + (n % 5),
        })),
        ...many(10, (n) => ({
          _id: 200 + n,
          kind: 'home',
          status: 'Active',
          price: 400_000 + n,
          mls: `A${1_000_000 + n}`,
          agent: 1 + (n % 5),
        })),
      ],
    });
    assert.deepEqual(taken(result, 'agents'), [['records', [['kind', 'agent']]]]);
    assert.deepEqual(taken(result, 'leads'), [['records', [['kind', 'lead']]]]);
    assert.deepEqual(taken(result, 'listings'), [['records', [['kind', 'home']]]]);
    assert.equal(places(result, 'listings', 'listAgentKey')?.[0]?.refersTo, '_id');
    assert.deepEqual(
      understood(result, 'records')?.map(([type]) => type),
      ['agents', 'leads', 'listings'],
    );
  });

  test('does not divide a collection whose documents are all of one record type', async (t) => {
    const result = await proposed(t, {
      leads: many(20, (n) => ({
        _id: id(n),
        type: oneOf(['buyer', 'seller', 'agent referral'], n),
        name: oneOf(names, n),
        email: `p${n}@example.com`,
        ...(n % 3 === 0 ? { budget: 500_000, wantedCities: ['Lantana'] } : {}),
      })),
    });
    assert.deepEqual(taken(result, 'leads'), ['leads']);
  });

  test('lists what a record type requires and was not found, and the frequent fields that found no place', async (t) => {
    const { text } = await proposed(t, {
      listings: many(8, (n) => ({
        _id: id(n),
        mls: `A${2_000_000 + n}`,
        price: 400_000 + n,
        beds: 3,
        baths: 2,
        gateCode: 'x',
      })),
      ...{ leads: english.leads },
    });
    assert.match(text, /# Required, and not found: standardStatus/);
    assert.match(text, /# No place found for:\n.*`gateCode` \(100 % of documents, text\)/);
    assert.match(text, /`favouriteColour`/);
    assert.match(text, /# Not found: agents \(agents\), which need memberEmail/);
  });

  test('points out collections that number their documents alike', async (t) => {
    const people = (from: string) =>
      many(6, (n) => ({ _id: n + 1, name: oneOf(names, n), email: `${from}${n}@example.com` }));
    const { text } = await proposed(t, { leads: people('l'), buyers: people('b') });
    assert.match(text, /# Check: (?:leads, buyers|buyers, leads) number their documents/);
  });

  test('leaves out the copies of a collection, and says so', async (t) => {
    const { leads } = english;
    const stale = leads.slice(0, 15).map((lead) => ({ ...lead, stage: 'New' }));
    const ofOld = many(12, (n) => ({
      ...leads[n]!,
      _id: n < 10 ? leads[n]!._id : id(700 + n),
      mail: `old${n}@example.com`,
    }));
    const result = await proposed(t, {
      leads,
      leads_backup: leads,
      leads_old: ofOld,
      leadsCopy: [...leads, { ...leads[0]!, _id: id(800) }],
      leads2: stale,
      agents: english.agents,
      // Not copies: other documents with the same `_id`s, and other leads.
      lead_notes: leads.map(({ _id, mail }, n) => ({
        _id,
        leadEmail: mail,
        kind: 'note',
        text: `Called ${n}`,
        at: day(n),
      })),
      buyers: english.buyers,
    });
    assert.deepEqual(taken(result, 'leads')?.toSorted(), ['buyers', 'leads']);
    for (const name of ['leads_backup', 'leads_old', 'leadsCopy', 'leads2'])
      assert.match(result.text, new RegExp(`# Not used: ${name} \\(\\d+ documents\\), a copy of leads: `));
    assert.equal(result.text.match(/a copy of/g)?.length, 4);
  });

  test('takes numbered documents for copies only if more than their numbers is the same', async (t) => {
    const numbered = (from: string) =>
      many(12, (n) => ({
        _id: n + 1,
        name: oneOf(names, n),
        email: `${from}${n}@example.com`,
        stage: oneOf(['New', 'Hot'], n),
      }));
    const { text } = await proposed(t, { leads: numbered('l'), buyers: numbered('b'), buyers_bak: numbered('b') });
    assert.match(text, /a copy of buyers: /);
    assert.equal(text.match(/a copy of/g)?.length, 1);
  });

  test('has the name of the database', async (t) => {
    const named = (database: string) => mappingName(database);
    assert.deepEqual(['Harbor_Homes', 'Müller & Söhne', 'dump', '', 'reso', '2024'].map(named), [
      'harbor-homes',
      'muller-sohne',
      'proposed',
      'proposed',
      'reso-proposed',
      '2024',
    ]);
    const { mapping } = await proposed(t, { agents: english.agents });
    assert.match(mapping.name, /^[a-z0-9-]+$/);
  });
});
