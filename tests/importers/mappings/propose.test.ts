import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ObjectId } from 'bson';
import { inspectionText } from '../../../cli/import/inspection-text.ts';
import { mappingName } from '../../../importers/inspecting/proposing/mapping-name.ts';
import { temporaryFolder, writeDump } from '../support/dump.ts';
import { propose } from '../support/propose.ts';

type Context = Parameters<typeof writeDump>[0] & Parameters<typeof temporaryFolder>[0];

const many = <Item>(count: number, make: (n: number) => Item): Item[] =>
  Array.from({ length: count }, (_, n) => make(n));
const oneOf = <Item>(items: readonly Item[], n: number): Item => items[n % items.length]!;
const id = (n: number) => new ObjectId(`65b00000000000000${String(n).padStart(7, '0')}`);
const day = (n: number) => new Date(Date.UTC(2025, 2, 1 + n, 9));
const names = ['Nora Quinn', 'Omar Haddad', 'Petra Vogel', 'Luis Romero', 'Ivy Tan'];

const proposed = (t: Context, collections: Record<string, readonly object[]>) =>
  propose({ source: writeDump(t, collections as never), file: join(temporaryFolder(t), 'our.yaml') });
type Proposed = Awaited<ReturnType<typeof proposed>>;

/** Which collections a record type is taken from, with their conditions. */
const taken = ({ mapping }: Proposed, type: keyof Proposed['mapping']['file']) =>
  (mapping.file[type] as { collections: { name: string; where?: unknown }[] } | undefined)?.collections.map(
    ({ name, where }) => (where === undefined ? name : [name, where]),
  );
const places = ({ mapping }: Proposed, type: 'agents' | 'leads' | 'listings' | 'activities', slot: string) =>
  (mapping.file[type]?.fields as Record<string, { from: { path: string; refersTo?: string }[] }> | undefined)?.[slot]
    ?.from;
const understood = ({ inspection }: Proposed, name: string) =>
  inspection.collections
    .find((one) => one.name === name)
    ?.recordTypes.map(({ type, sampled, understood }) => [type, sampled, understood]);

/** Each agent has a number of its own, and listings name it. */
const english = {
  agents: names.map((name, n) => ({
    _id: id(n),
    name,
    email: `${name.split(' ')[0]!.toLowerCase()}@harborhomes.example.com`,
    badge: `HH-${4000 + n}`,
  })),
  leads: many(20, (n) => ({
    _id: id(100 + n),
    fullName: oneOf(names, n + 1),
    mail: `lead${n}@example.com`,
    stage: oneOf(['New', 'Hot', 'Nurture'], n),
    agentEmail: `${oneOf(names, n).split(' ')[0]!.toLowerCase()}@harborhomes.example.com`,
    favouriteColour: oneOf(['red', 'green'], n),
  })),
  buyers: many(12, (n) => ({
    _id: id(200 + n),
    contactName: oneOf(names, n + 2),
    emailAddress: `buyer${n}@example.com`,
    stage: oneOf(['Hot', 'Closed'], n),
  })),
  ...Object.fromEntries(
    ['active', 'sold', 'archive'].map((which, part) => [
      `listings_${which}`,
      many(10, (n) => ({
        _id: id(1000 * (part + 1) + n),
        mlsNo: `A1${part}${String(n).padStart(5, '0')}`,
        status: which === 'active' ? 'Active' : 'Sold',
        amount: `${300 + n},000 USD`,
        sleeps: `${(n % 4) + 2} bedrooms`,
        addr: `${10 + n} Harbor Way`,
        town: 'Portland',
        soldBy: `HH-${4000 + (n % 5)}`,
      })),
    ]),
  ),
};

/** Everything in one collection, in German. */
const german = {
  datensaetze: [
    ...names.map((name, n) => ({
      _id: id(n),
      satzart: 'MAKLER',
      name,
      mailadresse: `makler${n}@immo.example.com`,
      kuerzel: `MK${n}7`,
    })),
    ...many(15, (n) => ({
      _id: id(100 + n),
      satzart: oneOf(['KUNDE', 'INTERESSENT'], n),
      vorname: oneOf(['Anna', 'Jörg', 'Ute'], n),
      nachname: oneOf(['Müller', 'Groß', 'Yıldız', 'Krause'], n),
      mailadresse: `kunde${n}@example.com`,
      telefon: `(561) 555-02${String(10 + n)}`,
      betreuer: `MK${n % 5}7`,
    })),
    ...many(15, (n) => ({
      _id: id(200 + n),
      satzart: 'OBJEKT',
      objektnr: `RX-2${String(n).padStart(7, '0')}`,
      vermarktung: oneOf(['verfügbar', 'reserviert', 'verkauft'], n),
      kaufpreis: `${(400 + n) * 1000} USD`,
      schlafzimmer: `${(n % 4) + 1} Schlafzimmer`,
      wohnflaeche: 90 + n,
      ort: oneOf(['Boca Raton', 'Lantana'], n),
      makler: `MK${n % 5}7`,
    })),
    { _id: id(900), satzart: 'VORLAGE', html: '<p>Hallo</p>' },
  ],
};

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

  test('refers to an agent by what the values equal: a number of its own, or its e-mail address', async (t) => {
    const result = await proposed(t, english);
    const agentKey = Object.entries(result.mapping.file.agents!.fields).find(
      ([slot, field]) => /^member(?:Key|MlsId)$/.test(slot) && field?.from.some(({ path }) => path === 'badge'),
    )?.[0];
    assert.ok(agentKey !== undefined, result.text);
    assert.deepEqual(places(result, 'listings', 'listAgentKey'), [{ path: 'soldBy', refersTo: agentKey }]);
    assert.deepEqual(places(result, 'leads', 'ownerMemberKey'), [{ path: 'agentEmail', refersTo: 'email' }]);
  });

  test('takes numbers that are text for what they are, and not for references to documents that are numbered', async (t) => {
    const kunden = many(20, (n) => ({
      _id: `K${500 + n}`,
      name: { vor: oneOf(['Ana', 'Uwe'], n), nach: 'Klein' },
      epost: `kunde${n}@example.com`,
      presupuesto_min: n % 2 === 0 ? '' : String(200_000 + n * 1_000),
      herkunft: oneOf(['Webseite', 'Empfehlung', 'Zillow', 'Messe'], n),
    }));
    const interesados = many(20, (n) => ({
      _id: `W${n}`,
      nombre: oneOf(['Inés', 'Luis'], n),
      apellidos: 'Ortiz',
      correo: `w${n}@example.com`,
    }));
    const mitarbeiter = many(5, (n) => ({
      _id: `MA${n}`,
      vorname: 'Eva',
      nachname: 'Hall',
      epost: `m${n}@example.com`,
    }));
    const objekte = many(30, (n) => ({
      _id: `O${n}`,
      zustand: oneOf(['aktiv', 'verkauft', 'unter Vertrag'], n),
      objekt_nr: `NAP${220_000 + n}`,
      preis: `${(400 + n) * 1_000} $`,
      schlafzimmer: String((n % 5) + 1),
      hausgeld: String(100 + n),
      turnus: 'mtl.',
      grundst: { flaeche: oneOf(['0,25', '0,5'], n), einh: 'acres' },
    }));
    const suchprofile = many(15, (n) => ({
      _id: `S${n}`,
      kunde: `K${500 + n}`,
      filter: { stadt: 'Naples', preis_bis: String(400_000 + n * 1_000), zimmer_ab: '3', art: 'Reihenhaus' },
      takt: 'täglich',
    }));
    const zuteilungen = many(12, (n) => ({ _id: `Z${n}`, kunde: `K${500 + n}`, mitarbeiter: `MA${n % 5}` }));
    const gespraeche = many(600, (n) => ({ _id: n + 1, kd: `W${n % 20}`, art: oneOf(['Anruf', 'Notiz'], n) }));
    const collections = { kunden, interesados, mitarbeiter, objekte, suchprofile, zuteilungen, gespraeche };
    const { text, mapping, inspection } = await proposed(t, collections);
    for (const line of [
      'listPriceMin: presupuesto_min #',
      'firstName: [name.vor, nombre] #',
      'lastName: [name.nach, apellidos] #',
      'leadSource: { from: herkunft, words: { Empfehlung: Referral, Webseite: Website } } #',
      'bedroomsTotal: schlafzimmer #',
      'associationFee: hausgeld #',
      'lotSizeSquareFeet: { path: grundst.flaeche, unit: { path: grundst.einh } } #',
      'listPriceMax: filter.preis_bis #',
      'bedroomsMin: filter.zimmer_ab #',
      'propertySubTypes: { from: filter.art, words: { Reihenhaus: Townhouse } } #',
      '{ name: zuteilungen, fields: { status: { constant: assigned } } }',
    ])
      assert.ok(text.includes(line), `${line}\n${text}`);
    assert.match(text, /leadSource: .*not understood: "Messe"/);
    assert.equal(mapping.file.leads?.fields.fullName, undefined);
    assert.ok(!/of gespraeche/.test(text), text);
    assert.ok(!/of gespraeche/.test(inspectionText(inspection)));
  });

  test('says which number of a date is the day where the values show it', async (t) => {
    const two = (n: number) => String(n).padStart(2, '0');
    const dates = many(20, (n) => ({ day: two(n + 1), month: two((n % 12) + 1) }));
    const touches = dates.map(({ day, month }, n) => ({
      _id: id(n),
      kunde: id(500 + n),
      art: oneOf(['Anruf', 'Notiz'], n),
      // Nothing but its values says what this is.
      wann: `${day}.${month}.2024 ${two(8 + (n % 10))}:30`,
      erstellt: `${month}/${day}/2024`,
      geaendert: `${two((n % 12) + 1)}.${month}.2024`,
    }));
    const kunden = many(20, (n) => ({ _id: id(500 + n), nachname: 'Klein', mailadresse: `kunde${n}@example.com` }));
    const { mapping, inspection } = await proposed(t, { vorgaenge: touches, kunden });
    const orders = Object.entries(mapping.file.activities!.fields).flatMap(([slot, field]) =>
      (field?.from ?? []).flatMap(({ path, dateOrder }) =>
        /^(?:at|\w+At)$/.test(slot) ? [[slot, path, dateOrder]] : [],
      ),
    );
    assert.deepEqual(orders.sort(), [
      ['at', 'wann', 'day-first'],
      ['createdAt', 'erstellt', 'month-first'],
      ['updatedAt', 'geaendert', undefined],
    ]);
    const found = inspection.collections.find(({ name }) => name === 'vorgaenge')!;
    assert.match(inspectionText(inspection), /wann +text; looks like: date \(day first\)/);
    assert.deepEqual(found.paths.find(({ path }) => path === 'wann')?.dates, {
      min: '2024-01-01T08:30:00.000Z',
      max: '2024-12-12T09:30:00.000Z',
    });
  });

  test('recognises numbers with units as prices and rooms, not as addresses', async (t) => {
    const result = await proposed(t, english);
    const pathOf = (slot: string) => places(result, 'listings', slot)?.map(({ path }) => path);
    assert.deepEqual(pathOf('listPrice'), ['amount']);
    assert.deepEqual(pathOf('bedroomsTotal'), ['sleeps']);
    assert.deepEqual(pathOf('unparsedAddress'), ['addr']);
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

  const pathsOf = (result: Proposed, type: 'agents' | 'leads' | 'listings', ...slots: string[]) =>
    slots.map((slot) =>
      places(result, type, slot)
        ?.map(({ path }) => path)
        .join(),
    );

  test('takes values for what they say, not for what the name of their field says', async (t) => {
    const result = await proposed(t, {
      staff: names.map((name, n) => ({
        _id: id(n),
        name,
        email: `a${n}@example.com`,
        license: { number: `SL${n}`, state: oneOf(['FL', 'GA'], n) },
        employment: { state: oneOf(['active', 'inactive'], n) },
      })),
      homes: many(24, (n) => ({
        _id: id(100 + n),
        ref: `RX-${10_000_000 + n}`,
        market: { state: oneOf(['active', 'pending', 'sold'], n), price: 400_000 + n },
        address: { line: `${10 + n} Harbor Way`, region: oneOf(['Florida', 'Georgia'], n) },
      })),
      clients: many(24, (n) => ({
        _id: id(200 + n),
        email: `c${n}@example.com`,
        funnel: { state: oneOf(['new', 'hot', 'nurture'], n) },
        home: { state: 'FL' },
      })),
    });
    assert.deepEqual(pathsOf(result, 'listings', 'standardStatus', 'stateOrProvince'), [
      'market.state',
      'address.region',
    ]);
    assert.deepEqual(pathsOf(result, 'leads', 'leadStage'), ['funnel.state']);
    assert.deepEqual(pathsOf(result, 'agents', 'memberStatus', 'licensedStates'), [
      'employment.state',
      'license.state',
    ]);
    assert.deepEqual(understood(result, 'homes'), [['listings', 24, 24]]);
  });

  test('names both ends of a range, whichever side of the name says it, in English, German and Spanish', async (t) => {
    for (const [least, most] of [
      ['MinPrice', 'MaxPrice'],
      ['budget_from', 'budget_to'],
      ['budgetVon', 'budgetBis'],
      ['presupuesto_min', 'presupuesto_max'],
    ] as const) {
      const result = await proposed(t, {
        leads: many(12, (n) => ({ _id: id(n), email: `c${n}@example.com`, [least]: 200_000 + n, [most]: 500_000 + n })),
      });
      assert.deepEqual(pathsOf(result, 'leads', 'listPriceMin', 'listPriceMax', 'budget'), [least, most, undefined]);
    }
  });

  test('names the criteria of a search that its reader does not know by their names', async (t) => {
    const search = (filter: (n: number) => object) =>
      proposed(t, {
        leads: english.leads,
        searches: many(12, (n) => ({ _id: id(500 + n), client: id(100 + n), filter: filter(n), rhythm: 'daily' })),
      });
    const german = await search((n) => ({ ort: oneOf(['Lantana', 'Brevard'], n), preisBis: 500_000 + n, zimmerAb: 3 }));
    assert.deepEqual(understood(german, 'searches'), [['savedSearches', 12, 12]]);
    assert.match(german.text, /listPriceMax: filter\.preisBis/);
    const known = await search((n) => ({ city: oneOf(['Lantana', 'Brevard'], n), maxPrice: 500_000 + n }));
    assert.deepEqual(understood(known, 'searches'), [['savedSearches', 12, 12]]);
    assert.doesNotMatch(known.text, /filter\./);
  });

  test('recognises names without their vowels', async (t) => {
    const result = await proposed(t, {
      cust: many(12, (n) => ({
        _id: id(n),
        fst_nm: oneOf(['Ana', 'Luis'], n),
        lst_nm: oneOf(['Lopez', 'Romero'], n),
        eml: `c${n}@example.com`,
        stg: oneOf(['NEW', 'HOT', 'DEAD'], n),
        src: oneOf(['ZILLOW', 'WEB'], n),
        crt_dt: day(n),
      })),
      lst: many(12, (n) => ({
        _id: id(100 + n),
        mls_no: `RX${10_000_000 + n}`,
        sts: oneOf(['ACT', 'PND', 'SLD'], n),
        cty: oneOf(['Lantana', 'Brevard'], n),
        lst_dt: day(n),
        half_bath_count: 1,
        full_bath_count: 2,
      })),
    });
    assert.deepEqual(pathsOf(result, 'leads', 'firstName', 'lastName', 'createdAt'), ['fst_nm', 'lst_nm', 'crt_dt']);
    assert.deepEqual(pathsOf(result, 'listings', 'city', 'onMarketDate', 'bathroomsFull', 'bathroomsHalf'), [
      'cty',
      'lst_dt',
      'full_bath_count',
      'half_bath_count',
    ]);
  });
});
