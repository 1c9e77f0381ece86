import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { inspectionText } from '../../../cli/import/inspection-text.ts';
import { day, english, id, many, names, oneOf, pathsOf, places, proposed, understood } from './proposing.ts';

suite('a proposed mapping', () => {
  test('refers to an agent by what the values equal: a number of its own, or its e-mail address', async (t) => {
    const result = await proposed(t, english);
    const agentKey = Object.entries(result.mapping.file.agents!.fields).find(
      ([slot, field]) => /^member(?:Key|MlsId)$/.test(slot) && field?.from.some(({ path }) => path === 'badge'),
    )?.[0];
    assert.ok(agentKey !== undefined, result.text);
    assert.deepEqual(places(result, 'listings', 'listAgentKey'), [{ path: 'soldBy', refersTo: agentKey }]);
    assert.deepEqual(places(result, 'leads', 'ownerMemberKey'), [{ path: 'agentEmail', refersTo: 'email' }]);
  });

  test('refers to a lead by e-mail address, also where some leads have a list of them', async (t) => {
    const mail = (n: number) => `w${n}@example.com`;
    const result = await proposed(t, {
      clientes: many(60, (n) => ({
        _id: `W${n}`,
        persona: {
          nombre: oneOf(['Inés', 'Luis'], n),
          apellido: 'Ortiz',
          correo: n % 3 === 0 ? [mail(n), `alt${n}@example.org`] : mail(n),
        },
        etapa: oneOf(['Nuevo', 'Contactado'], n),
      })),
      gespraeche: many(60, (n) => ({
        _id: id(n),
        kundeMail: mail(n),
        art: oneOf(['Anruf', 'Notiz'], n),
        notiz: 'Rückruf vereinbart',
        datum: day(n),
      })),
    });
    assert.deepEqual(
      places(result, 'activities', 'contactKey'),
      [{ path: 'kundeMail', refersTo: 'email' }],
      result.text,
    );
  });

  test('says which field seems to mark deleted documents, and how to leave these out', async (t) => {
    const { text } = await proposed(t, {
      berater: many(20, (n) => ({
        _id: id(n),
        name: oneOf(names, n),
        email: `a${n}@example.com`,
        ...(n === 3 && { geloescht: true }),
      })),
      clientes: many(40, (n) => ({
        _id: `W${n}`,
        nombre: 'Inés',
        correo: `w${n}@example.com`,
        estado: { borrado_en: n === 5 ? day(n) : null },
      })),
    });
    assert.match(text, /# Check: `geloescht` \(5 % .* where: \{ geloescht: \{ not: true \} \} \}/);
    assert.match(text, /# Check: `estado\.borrado_en` .* where: \{ estado\.borrado_en: null \} \}/);
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
    const mitarbeiter = many(10, (n) => ({
      _id: `MA${n}`,
      vorname: 'Eva',
      nachname: 'Hall',
      epost: `m${n}@example.com`,
      rolle: oneOf(['Makler', 'Gerente', 'Hausgeist', 'Admin'], n),
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
      'roles: { from: rolle, words: { Gerente: manager, Makler: agent } } #',
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
    assert.match(text, /roles: .*not understood: "Hausgeist"\n/);
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
