import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { defaultPolicy } from '../../../domain/routing-policy/default-policy.ts';
import { prepareLead } from '../../../matching/agent-fit.ts';
import type { LeadToRoute } from '../../../matching/policy/conditions.ts';
import type { Route } from '../../../matching/policy/route-lead.ts';
import { agent, broker, policy, route, step } from './brokerage.ts';

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
