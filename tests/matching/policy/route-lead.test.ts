import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { defaultPolicy } from '../../../domain/routing-policy/default-policy.ts';
import { policyModes, policySchema, type RuleConditions } from '../../../domain/routing-policy/schema.ts';
import { type AgentToMatch, prepareLead } from '../../../matching/agent-fit.ts';
import { countOffer, type Deficits } from '../../../matching/fairness.ts';
import type { LeadToRoute } from '../../../matching/policy/conditions.ts';
import { recomputes } from '../../../matching/policy/recompute.ts';
import type { Route } from '../../../matching/policy/route-lead.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { agent, broker, now, policy, route, timeZone } from './brokerage.ts';

const step = { offerTo: 'everyone', mode: 'bestMatch', answerWithin: '30 minutes', workingHours: 'ignored' } as const;
const all = policy([{ chain: [step] }]);
const offered = (made: Route) => (made.kind === 'offer' ? made.memberKeys : [`${made.kind}`]);

suite('which rule a lead falls under', () => {
  const ours = { listAgentKey: 'a', listPrice: 900_000, propertyType: 'Residential', city: 'Jupiter' } as const;
  const cases: readonly (readonly [string, object, LeadToRoute, boolean])[] = [
    ['source', { sources: ['Zillow'] }, { leadSource: 'Zillow' }, true],
    ['another source', { sources: ['Zillow'] }, { leadSource: 'Website' }, false],
    ['no source', { sources: ['Zillow'] }, {}, false],
    ['city', { cities: ['boca raton'] }, { cities: ['Boca Raton'] }, true],
    ['the city of a ZIP code', { cities: ['Boca Raton'] }, { postalCodes: ['33432-1234'] }, true],
    ['the city of the home', { cities: ['Jupiter'] }, { listing: ours }, true],
    ['either city or ZIP code', { cities: ['Stuart'], postalCodes: ['33477'] }, { postalCodes: ['33477'] }, true],
    ['elsewhere', { cities: ['Stuart'] }, { cities: ['Boca Raton'] }, false],
    ['price', { price: { min: 500_000 } }, { listPriceMin: 100_000, listPriceMax: 500_000 }, true],
    ['the price of the home', { price: { min: 800_000 } }, { listing: ours }, true],
    ['below the price', { price: { min: 500_000 } }, { listPriceMax: 499_999 }, false],
    ['unknown price', { price: { min: 1 } }, {}, false],
    ['property type', { propertyTypes: ['Residential'] }, { listing: ours }, true],
    ['our listing', { listingAgents: 'ours' }, { listing: ours }, true],
    ['the listing of someone else', { listingAgents: 'ours' }, { listing: { listAgentKey: 'x' } }, false],
    ['no listing', { listingAgents: 'ours' }, {}, false],
    ['office', { listingOffices: ['north'] }, { listing: ours }, true],
    ['day', { days: ['tue'] }, {}, true],
    ['another day', { days: ['wed'] }, {}, false],
    ['time', { hours: ['14:00', '15:00'] }, {}, true],
    ['past midnight', { hours: ['22:00', '15:00'] }, {}, true],
    ['two conditions of which one does not hold', { sources: ['Zillow'], days: ['tue'] }, {}, false],
  ];
  for (const [what, when, lead, falls] of cases) {
    test(what, () => {
      const made = route(
        policy([{ when, chain: [step] }, { chain: [step] }]),
        [agent('a', { officeKey: 'north' })],
        lead,
      );
      assert.equal(made.kind === 'offer' && made.rule, falls ? 'Rule 1' : 'Rule 2');
    });
  }
});

suite('the agents who may get a lead', () => {
  const licensed = agent('a', { licensedStates: ['FL'] });
  test('are licensed in the state, as far as that is known', () => {
    assert.deepEqual(offered(route(all, [licensed, broker], { listing: { stateOrProvince: 'FL' } })), ['a']);
    assert.deepEqual(offered(route(all, [licensed, broker], { postalCodes: ['10001'] })), ['escalate']);
    assert.deepEqual(offered(route(all, [agent('a')], { postalCodes: ['10001'] })), ['a']);
  });

  test('no one during a pause of hours, and again once it is over', () => {
    const paused = agent('a', {
      pausedFrom: '2026-03-31',
      pausedTo: '2026-03-31',
      pausedUntil: '2026-03-31T18:30:00Z',
    });
    assert.deepEqual(offered(route(all, [paused, broker])), ['escalate']);
    assert.deepEqual(offered(route(all, [paused], {}, { at: new Date('2026-03-31T18:30:00Z') })), ['a']);
  });

  test('are at work in their own time zone, if the step requires it', () => {
    const hours = { tue: ['09:00', '12:00'] as [string, string] };
    const away = agent('east', { hours });
    const there = agent('west', { hours, timeZone: 'America/Los_Angeles' });
    const required = policy([{ chain: [{ ...step, workingHours: 'required' }] }]);
    assert.deepEqual(offered(route(required, [away, there])), ['west']);
    assert.deepEqual(offered(route(all, [away, there])), ['east']);
  });

  test('an agent who is not at work has the time to answer from when their hours begin', () => {
    const early = agent('a', { hours: { wed: ['09:00', '17:00'] } });
    const at = (workingHours: 'ignored' | 'preferred') => {
      const made = route(policy([{ chain: [{ ...step, workingHours }] }]), [early]);
      return made.kind === 'offer' && made.expiresAt?.toISOString();
    };
    assert.equal(at('preferred'), '2026-04-01T13:30:00.000Z', '09:30 in New York');
    assert.equal(at('ignored'), '2026-03-31T18:30:00.000Z');
  });
});

suite('a chain', () => {
  const chain = [
    { ...step, offerTo: 'listingAgent' as const },
    { ...step, attempts: 2, offerTo: { offices: ['north'] } },
    { ...step, mode: 'firstToClaim' as const, atOnce: 3 },
  ];
  const of = policy([{ chain }]);
  const agents = [
    ...['n1', 'n2', 'n3'].map((key) => agent(key, { officeKey: 'north' })),
    ...['s1', 's2'].map((key) => agent(key)),
    broker,
  ];
  const place = (number: number, offers: number) => ({ policyVersion: 1, rule: 'Rule 1', step: number, offers });

  test('begins with the agent who lists the home, whatever area they cover', () => {
    const listing = { listAgentKey: 's2', city: 'Jupiter' };
    const elsewhere = agents.map((one) => (one.memberKey === 's2' ? { ...one, cities: ['Stuart'] } : one));
    assert.deepEqual(offered(route(of, elsewhere, { listing })), ['s2']);
  });

  test('skips a step without agents', () => {
    const made = route(of, agents);
    assert.deepEqual(made.kind === 'offer' && [made.step, made.memberKeys], [2, ['n1']]);
  });

  test('continues where it was, and goes to the next step after enough attempts', () => {
    const second = route(of, agents, { triedMemberKeys: ['n1'] }, { place: place(2, 1) });
    assert.deepEqual(second.kind === 'offer' && [second.step, second.memberKeys], [2, ['n2']]);
    const third = route(of, agents, { triedMemberKeys: ['n1', 'n2'] }, { place: place(2, 2) });
    assert.deepEqual(third.kind === 'offer' && [third.step, third.memberKeys], [3, ['n3', 's1', 's2']]);
  });

  test('starts again when the policy has changed', () => {
    const made = route({ policyVersion: 2, policy: of }, agents, { triedMemberKeys: ['n1'] }, { place: place(3, 1) });
    assert.deepEqual(made.kind === 'offer' && [made.step, made.memberKeys], [2, ['n2']]);
  });

  test('goes straight to the person when its offers cannot be sent', () => {
    const end = route(of, agents, {}, { offerRejected: true });
    assert.deepEqual(end.kind === 'escalate' && [end.memberKey, end.escalationReason], ['broker', 'offer-rejected']);
  });

  test('ends with the person, also when all agents are paused', () => {
    const tried = agents.map(({ memberKey }) => memberKey);
    const end = route(of, agents, { triedMemberKeys: tried }, { place: place(3, 1) });
    assert.deepEqual(end.kind === 'escalate' && [end.memberKey, end.escalationReason], ['broker', 'chain-ended']);
    const paused = agents.map((one) => ({ ...one, pausedFrom: '2026-03-01', pausedTo: null }));
    const nobody = route(of, paused);
    assert.deepEqual(nobody.kind === 'escalate' && [nobody.memberKey, nobody.escalationReason], [
      'broker',
      'nobody-fits',
    ]);
  });

  test('waits when there is no person either', () => assert.equal(route(of, []).kind, 'wait'));
});

const member = (index: number) => `m${String(index).padStart(2, '0')}`;
const zones = ['America/New_York', 'America/Los_Angeles', 'Europe/Madrid'] as const;
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const span = fc.constantFrom<[string, string]>(
  ['09:00', '17:00'],
  ['01:00', '03:00'],
  ['20:00', '04:00'],
  ['00:00', '24:00'],
);
const arbitraryAgents = fc
  .array(
    fc.record({
      memberStatus: fc.constantFrom('Active' as const, 'Inactive' as const),
      roles: fc.constantFrom<string[] | null>(['agent'], ['admin'], ['agent', 'broker'], null),
      officeKey: fc.constantFrom('north', 'south', null),
      specialties: fc.constantFrom<string[] | null>(['Luxury'], ['luxury', 'Condos'], null),
      cities: fc.subarray(['Boca Raton', 'Jupiter']),
      listPriceMin: fc.constantFrom(null, 200_000, 600_000),
      listPriceMax: fc.constantFrom(null, 900_000),
      maxLeads: fc.option(fc.integer({ min: 0, max: 3 })),
      openLeads: fc.nat(3),
      pausedFrom: fc.constantFrom(null, '2026-01-01', '2026-12-30'),
      pausedTo: fc.constantFrom(null, '2026-01-31', '2026-12-31'),
      pausedUntil: fc.constantFrom(null, '2026-01-15T12:00:00Z', '2026-12-31T12:00:00Z'),
      hours: fc.option(fc.dictionary(fc.constantFrom(...days), span)),
      timeZone: fc.constantFrom(null, ...zones),
      licensedStates: fc.constantFrom<string[] | null>(null, ['FL'], ['NY']),
      deficit: fc.double({ min: -2, max: 2, noNaN: true }),
      lastOfferedAt: fc.constantFrom(null, '2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z'),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((agents) => [...agents.map((one, index) => ({ memberKey: member(index), ...one })), broker] as AgentToMatch[]);
const arbitraryLead = fc.record({
  leadSource: fc.constantFrom('Zillow', 'Website', null),
  cities: fc.subarray(['Boca Raton', 'Jupiter', 'Stuart']),
  postalCodes: fc.subarray(['33432', '33477', '10001']),
  listPriceMax: fc.constantFrom(null, 150_000, 800_000),
  triedMemberKeys: fc.subarray([member(0), member(1), member(2)]),
  listing: fc.constantFrom(null, { listAgentKey: member(1), city: 'Jupiter', stateOrProvince: 'FL' }),
});
const arbitraryStep = fc
  .record(
    {
      offerTo: fc.constantFrom(
        'everyone' as const,
        'listingAgent' as const,
        { offices: ['north'] },
        { specialties: ['Luxury'] },
        { agents: [member(0), member(3)] },
      ),
      mode: fc.constantFrom(...policyModes),
      workingHours: fc.constantFrom('required' as const, 'preferred' as const, 'ignored' as const),
      attempts: fc.integer({ min: 1, max: 2 }),
    },
    { requiredKeys: ['offerTo', 'mode', 'workingHours'] },
  )
  .map((one) => ({
    ...one,
    answerWithin: '5 minutes',
    ...(one.mode === 'weightedRoundRobin' ? { turns: { [member(0)]: 3 } } : {}),
  }));
const arbitraryPolicy = fc
  .array(
    fc.record(
      {
        when: fc.constantFrom<RuleConditions>(
          { sources: ['Zillow'] },
          { cities: ['Jupiter'] },
          { listingAgents: 'ours' },
        ),
        chain: fc.array(arbitraryStep, { minLength: 1, maxLength: 3 }),
        escalateTo: fc.constantFrom(member(0), 'nobody'),
      },
      { requiredKeys: ['chain'] },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((rules) => policy(rules));
/** Moments around both changes of the clocks in New York, and others. */
const arbitraryTime = fc.oneof(
  fc
    .integer({ min: -48 * 60, max: 48 * 60 })
    .map((minutes) => new Date(Date.parse('2026-03-08T07:00:00Z') + minutes * 60_000)),
  fc
    .integer({ min: -48 * 60, max: 48 * 60 })
    .map((minutes) => new Date(Date.parse('2026-11-01T06:00:00Z') + minutes * 60_000)),
  fc
    .integer({ min: 0, max: 365 * 24 * 60 })
    .map((minutes) => new Date(Date.parse('2026-01-01T00:00:00Z') + minutes * 60_000)),
);

/** The clock on an agent's wall, as Intl writes it; independent of what matching uses. */
const wallClock = (at: Date, timeZone: string) => {
  const text = at.toLocaleString('sv-SE', { timeZone });
  const day = (shift: number) => days[(new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDay() + shift + 7) % 7]!;
  return { date: text.slice(0, 10), time: text.slice(11, 16), today: day(0), yesterday: day(-1) };
};

/** Why an agent must not be offered a lead; by the words of docs/routing-leads.md, and not by the code. */
const excluded = (
  one: AgentToMatch,
  lead: {
    triedMemberKeys: readonly string[];
    postalCodes: readonly string[];
    listing: { stateOrProvince?: string } | null;
  },
  at: Date,
  workingHours: 'required' | 'preferred' | 'ignored',
): string | null => {
  const { date, time, today, yesterday } = wallClock(at, one.timeZone ?? timeZone);
  if (one.memberStatus !== 'Active') return 'left';
  if (one.roles && !one.roles.includes('agent')) return 'not an agent';
  if (lead.triedMemberKeys.includes(one.memberKey)) return 'tried';
  if (typeof one.maxLeads === 'number' && one.openLeads >= one.maxLeads) return 'full';
  const begun = typeof one.pausedFrom === 'string' && one.pausedFrom <= date;
  const over = one.pausedUntil
    ? at >= new Date(one.pausedUntil)
    : typeof one.pausedTo === 'string' && one.pausedTo < date;
  if (begun && !over) return 'away';
  const states = [
    ...lead.postalCodes.map((zip) => (zip === '10001' ? 'NY' : 'FL')),
    ...(lead.listing?.stateOrProvince ? [lead.listing.stateOrProvince] : []),
  ];
  if (states.length > 0 && one.licensedStates && !one.licensedStates.some((state) => states.includes(state)))
    return 'license';
  if (workingHours === 'required' && one.hours && Object.keys(one.hours).length > 0) {
    const [from, to] = one.hours[today] ?? [];
    const late = one.hours[yesterday];
    const now = from !== undefined && to !== undefined && time >= from && (time < to || to < from);
    const stillUp = late !== undefined && late[1] < late[0] && time < late[1];
    if (!now && !stillUp) return 'not at work';
  }
  return null;
};

test('no one whom a hard rule excludes is ever offered a lead, at any time, also when the clocks change', () => {
  fc.assert(
    fc.property(arbitraryPolicy, arbitraryAgents, arbitraryLead, arbitraryTime, (of, agents, lead, at) => {
      const made = route(of, agents, lead, { at });
      if (made.kind !== 'offer') return;
      const rule = of.rules.find(({ name }) => name === made.rule)!;
      const { workingHours } = rule.chain[made.step - 1]!;
      for (const memberKey of [...made.memberKeys, ...made.candidates.map((one) => one.memberKey)]) {
        const one = agents.find((each) => each.memberKey === memberKey)!;
        assert.equal(excluded(one, lead, at, workingHours), null, memberKey);
      }
      if (made.expiresAt === null) return;
      const someoneIsUp = made.memberKeys.some((key) => {
        const one = agents.find(({ memberKey }) => memberKey === key)!;
        const minuteBefore = new Date(made.expiresAt!.getTime() - 60_000);
        return excluded({ ...one, pausedFrom: null }, lead, minuteBefore, 'required') === null;
      });
      if (workingHours === 'preferred')
        assert.ok(someoneIsUp, 'no offer expires while everyone who has it is away from work');
    }),
    { numRuns: runs(400) },
  );
});

test('the candidates on an offer recompute to the same choice, and everyone is accounted for', () => {
  fc.assert(
    fc.property(arbitraryPolicy, arbitraryAgents, arbitraryLead, arbitraryTime, (of, agents, lead, at) => {
      const made = route(of, agents, lead, { at });
      if (made.kind !== 'offer') return;
      const kept = JSON.parse(JSON.stringify(made)) as typeof made;
      assert.ok(recomputes({ ...kept, candidates: [...kept.candidates].reverse() }));
      const [best, ...others] = kept.candidates;
      assert.ok(
        !recomputes({ ...kept, candidates: [{ ...best!, score: best!.score + 1 }, ...others] }),
        'another score',
      );
      const last = others.at(-1);
      if (last !== undefined && others.length >= kept.memberKeys.length) {
        assert.ok(!recomputes({ ...kept, memberKeys: [...kept.memberKeys.slice(1), last.memberKey] }), 'other agents');
      }
      const seen = new Set([
        ...kept.candidates.map(({ memberKey }) => memberKey),
        ...Object.values(kept.leftOut).flat(),
      ]);
      const rule = of.rules.find(({ name }) => name === made.rule)!;
      if (rule.chain[made.step - 1]!.offerTo === 'everyone') assert.equal(seen.size, agents.length);
    }),
    { numRuns: runs(200) },
  );
});

test('every lead ends with a person, however agents answer', () => {
  fc.assert(
    fc.property(
      arbitraryPolicy,
      arbitraryAgents,
      arbitraryLead,
      arbitraryTime,
      fc.infiniteStream(fc.nat(3)),
      (of, agents, lead, start, answers) => {
        let place = null as { policyVersion: number; rule: string; step: number; offers: number } | null;
        const tried = new Set(lead.triedMemberKeys);
        for (let turn = 0; turn < 200; turn++) {
          const at = new Date(start.getTime() + turn * 5 * 60_000);
          const made = route(of, agents, { ...lead, triedMemberKeys: [...tried] }, { place, at });
          if (made.kind === 'escalate') {
            assert.equal(agents.find(({ memberKey }) => memberKey === made.memberKey)?.memberStatus, 'Active');
            return;
          }
          assert.equal(made.kind, 'offer');
          if (made.kind !== 'offer') return;
          if (answers.next().value === 0) return; // accepted
          for (const memberKey of made.memberKeys) tried.add(memberKey);
          const { rule, step: number, policyVersion } = made;
          const again = place?.rule === rule && place.step === number;
          place = { policyVersion, rule, step: number, offers: again ? place!.offers + 1 : 1 };
        }
        assert.fail('the chain has no end');
      },
    ),
    { numRuns: runs(200) },
  );
});

suite('fairness', () => {
  /** Offers leads one after the other, each a minute after the one before. */
  const run = (
    of: typeof all,
    agents: readonly AgentToMatch[],
    leads: number,
    isAway: (key: string, turn: number) => boolean = () => false,
  ) => {
    const deficits: Deficits = new Map(agents.map(({ memberKey }) => [memberKey, 0]));
    const last = new Map<string, string>();
    const shares = new Map<string, number>();
    for (let turn = 0; turn < leads; turn++) {
      const made = route(
        of,
        agents.map((one) => ({
          ...one,
          deficit: deficits.get(one.memberKey)!,
          lastOfferedAt: last.get(one.memberKey) ?? null,
          ...(isAway(one.memberKey, turn) ? { pausedFrom: '2026-01-01' } : {}),
        })),
      );
      assert.equal(made.kind, 'offer');
      if (made.kind !== 'offer') break;
      countOffer(deficits, made);
      const [winner] = made.memberKeys as [string];
      last.set(winner, new Date(now.getTime() + turn * 60_000).toISOString());
      shares.set(winner, (shares.get(winner) ?? 0) + 1);
    }
    return shares;
  };

  test('the shares of equal agents by the built-in policy over 10,000 leads differ by at most one round', () => {
    const agents = Array.from({ length: 7 }, (_, index) => agent(member(index)));
    const shares = [...run(policySchema.parse(defaultPolicy), agents, 10_000).values()];
    assert.equal(shares.length, 7);
    assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, shares.join(', '));
  });

  for (const mode of ['bestMatch', 'weightedRoundRobin'] as const) {
    test(`${mode}: the shares of equal agents over 10,000 leads differ by at most one round`, () => {
      const agents = Array.from({ length: 7 }, (_, index) => agent(member(index)));
      const shares = [...run(policy([{ chain: [{ ...step, mode }] }]), agents, 10_000).values()];
      assert.equal(shares.length, 7);
      assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, shares.join(', '));
    });

    test(`${mode}: an agent who comes back from vacation is not flooded`, () => {
      const agents = Array.from({ length: 4 }, (_, index) => agent(member(index)));
      const backAt = 800;
      const counted = (until: number) =>
        run(
          policy([{ chain: [{ ...step, mode }] }]),
          agents,
          until,
          (key, turn) => key === member(0) && turn < backAt,
        ).get(member(0)) ?? 0;
      assert.equal(counted(backAt), 0);
      const share = counted(backAt + 40);
      assert.ok(share >= 9 && share <= 12, `${share} of 40`);
    });
  }

  test('turns come as often as they are weighted', () => {
    const agents = ['a', 'b', 'c'].map((key) => agent(key));
    const robin = policy([{ chain: [{ ...step, mode: 'weightedRoundRobin', turns: { a: 3, b: 2 } }] }]);
    assert.deepEqual([...run(robin, agents, 600)].sort(), [
      ['a', 300],
      ['b', 200],
      ['c', 100],
    ]);
  });

  test('an offer of the old CRM counts: its agent is owed less', () => {
    const deficits: Deficits = new Map([
      ['a', 0],
      ['b', 0],
    ]);
    countOffer(deficits, { memberKeys: ['a'] });
    assert.deepEqual(
      [...deficits],
      [
        ['a', -0.5],
        ['b', 0.5],
      ],
    );
  });
});

test('matching ignores everything that is, or could stand in for, a protected class', () => {
  const looked = new Set<string>();
  const watched = new Proxy({} as LeadToRoute, {
    get: (_target, name) => {
      looked.add(String(name));
      return undefined;
    },
  });
  prepareLead(watched);
  route({ policyVersion: 0, policy: defaultPolicy }, [agent('a'), broker], watched);
  const allowed = [
    'capturedAt',
    'cities',
    'languages',
    'leadSource',
    'listPriceMax',
    'listPriceMin',
    'listing',
    'postalCodes',
    'triedMemberKeys',
  ];
  assert.deepEqual(
    [...looked].filter((name) => !allowed.includes(name)),
    [],
  );
});
