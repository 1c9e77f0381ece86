import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentToMatch, LeadToMatch } from '../../matching/agent-fit.ts';
import { atWork } from '../../matching/working-hours.ts';
import fc from '../support/fast-check.ts';
import { rankAgents } from './ranked.ts';

const now = new Date('2026-03-31T18:00:00Z'); // a Tuesday, 14:00 in New York
const options = { timeZone: 'America/New_York' };
const lead: LeadToMatch = {
  cities: ['Boca Raton'],
  listPriceMin: 300_000,
  listPriceMax: 400_000,
  languages: ['es'],
};
const agent = (memberKey: string, more: Partial<AgentToMatch> = {}): AgentToMatch => ({
  memberKey,
  memberStatus: 'Active',
  roles: ['agent'],
  cities: ['Boca Raton'],
  listPriceMin: 200_000,
  listPriceMax: 500_000,
  memberLanguages: ['English'],
  maxLeads: 10,
  openLeads: 0,
  ...more,
});
const order = (agents: AgentToMatch[], of: LeadToMatch = lead) =>
  rankAgents(of, agents, now, options).ranked.map(({ memberKey }) => memberKey);
const obstaclesOf = (one: AgentToMatch, of: LeadToMatch = lead) =>
  rankAgents(of, [one], now, options).unfit.flatMap(({ obstacles }) => obstacles);

test('ranks agents who speak the language first, with the reason', () => {
  const { ranked } = rankAgents(lead, [agent('a'), agent('b', { memberLanguages: ['Spanish'] })], now, options);
  assert.equal(ranked[0]?.memberKey, 'b');
  assert.deepEqual(
    ranked[0]?.reasons.find(({ rule }) => rule === 'language'),
    { rule: 'language', points: 20, detail: 'speaks Spanish' },
  );
});

test('recognises a language by its code or name', () => {
  assert.deepEqual(order([agent('a'), agent('b', { memberLanguages: ['ES'] })]), ['b', 'a']);
  assert.deepEqual(order([agent('a'), agent('b', { memberLanguages: ['ht'] })], { languages: ['haitian creole'] }), [
    'b',
    'a',
  ]);
});

test('excludes agents who cannot take the lead, with the reason', () => {
  assert.deepEqual(obstaclesOf(agent('a', { memberStatus: 'Inactive' })), ['status']);
  assert.deepEqual(obstaclesOf(agent('a', { roles: ['admin'] })), ['role']);
  assert.deepEqual(obstaclesOf(agent('a', { pausedFrom: '2026-03-31', pausedTo: '2026-03-31' })), ['pause']);
  assert.deepEqual(obstaclesOf(agent('a', { pausedFrom: '2026-03-01', pausedTo: null })), ['pause']);
  assert.deepEqual(obstaclesOf(agent('a', { cities: ['Stuart'] })), ['area']);
  assert.deepEqual(obstaclesOf(agent('a', { listPriceMin: 400_001, listPriceMax: null })), ['price']);
  assert.deepEqual(obstaclesOf(agent('a', { openLeads: 10 })), ['capacity']);
  assert.deepEqual(obstaclesOf(agent('a', { maxLeads: 0 })), ['capacity']);
  assert.deepEqual(obstaclesOf(agent('a'), { ...lead, triedMemberKeys: ['a'] }), ['tried']);
});

test('ignores a pause that is over or has not begun', () => {
  assert.deepEqual(obstaclesOf(agent('a', { pausedFrom: '2026-03-01', pausedTo: '2026-03-30' })), []);
  assert.deepEqual(obstaclesOf(agent('a', { pausedFrom: '2026-04-01', pausedTo: null })), []);
});

test('uses the time zone of the agent for a pause', () => {
  const evening = new Date('2026-04-01T02:00:00Z'); // still March in New York
  const away = agent('a', { pausedFrom: '2026-04-01', pausedTo: null });
  assert.equal(rankAgents(lead, [away], evening, options).ranked.length, 1);
  assert.equal(rankAgents(lead, [{ ...away, timeZone: 'Europe/Madrid' }], evening, options).ranked.length, 0);
});

test('counts a ZIP code of a covered city as covered', () => {
  assert.deepEqual(order([agent('a')], { postalCodes: ['33432'] }), ['a']);
  assert.deepEqual(order([agent('a'), agent('b', { postalCodes: ['33432'] })], { postalCodes: ['33432'] }), ['b', 'a']);
});

test('ranks by workload, then by who has waited longest for an offer, then by key', () => {
  assert.deepEqual(order([agent('a', { openLeads: 5 }), agent('b')]), ['b', 'a']);
  const waited = [
    agent('a', { lastOfferedAt: '2026-03-31T10:00:00Z' }),
    agent('b', { lastOfferedAt: '2026-03-30T10:00:00Z' }),
    agent('d'),
    agent('c'),
  ];
  assert.deepEqual(order(waited), ['c', 'd', 'b', 'a']);
});

test('prefers agents within working hours', () => {
  const day = agent('a', { hours: { tue: ['09:00', '17:00'] }, openLeads: 1 });
  const night = agent('b', { hours: { tue: ['20:00', '23:00'] } });
  assert.deepEqual(order([day, night]), ['a', 'b']);
});

test('handles hours past midnight', () => {
  const hours = { mon: ['22:00', '02:00'] } as const;
  const at = (time: string) => atWork({ mon: [...hours.mon] }, new Date(time), 'UTC');
  assert.equal(at('2026-03-30T21:59:00Z'), false);
  assert.equal(at('2026-03-30T22:00:00Z'), true);
  assert.equal(at('2026-03-31T01:59:00Z'), true);
  assert.equal(at('2026-03-31T02:00:00Z'), false);
});

test('a lead without preferences can go to any agent', () => {
  assert.deepEqual(order([agent('a', { cities: [] }), agent('b')], {}), ['a', 'b']);
});

const agentArbitrary = fc.record({
  memberKey: fc.uuid(),
  memberStatus: fc.constantFrom('Active' as const, 'Inactive' as const, null),
  roles: fc.constantFrom<string[] | null>(['agent'], ['admin'], null),
  cities: fc.subarray(['Boca Raton', 'Jupiter']),
  postalCodes: fc.subarray(['33432', '33477']),
  listPriceMin: fc.option(fc.integer({ min: 1, max: 500_000 })),
  listPriceMax: fc.option(fc.integer({ min: 500_000, max: 900_000 })),
  memberLanguages: fc.subarray(['English', 'es', 'French']),
  maxLeads: fc.option(fc.integer({ min: 0, max: 20 })),
  openLeads: fc.nat(25),
  pausedFrom: fc.constantFrom(null, '2026-01-01', '2026-12-01'),
  pausedTo: fc.constantFrom(null, '2026-02-01', '2026-12-31'),
  lastOfferedAt: fc.constantFrom(null, '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'),
});
const leadArbitrary = fc.record({
  cities: fc.subarray(['Boca Raton', 'Jupiter', 'Stuart']),
  postalCodes: fc.subarray(['33432', '33477']),
  listPriceMin: fc.option(fc.integer({ min: 1, max: 600_000 })),
  listPriceMax: fc.option(fc.integer({ min: 1, max: 900_000 })),
  languages: fc.subarray(['Spanish', 'English']),
});
const agentsArbitrary = fc.uniqueArray(agentArbitrary, { selector: ({ memberKey }) => memberKey, maxLength: 8 });

test('every agent is either ranked or excluded with a reason, in order of score, whatever the input order', () => {
  fc.assert(
    fc.property(leadArbitrary, agentsArbitrary, (of, agents) => {
      const { ranked, unfit } = rankAgents(of, agents, now, options);
      const keys = [...ranked, ...unfit].map(({ memberKey }) => memberKey);
      assert.deepEqual(keys.sort(), agents.map(({ memberKey }) => memberKey).sort());
      assert.ok(unfit.every(({ obstacles }) => obstacles.length > 0));
      for (const [index, one] of ranked.entries()) {
        assert.equal(
          one.score,
          one.reasons.reduce((sum, { points }) => sum + points, 0),
        );
        assert.ok(one.score >= 0 && one.score <= 135 && Number.isInteger(one.score));
        assert.ok(index === 0 || ranked[index - 1]!.score >= one.score);
      }
      assert.deepEqual(rankAgents(of, [...agents].reverse(), now, options).ranked, ranked);
    }),
  );
});

test('never ranks an agent who is away, full, gone or already tried', () => {
  fc.assert(
    fc.property(leadArbitrary, agentsArbitrary, (of, agents) => {
      const tried = agents.slice(0, 1).map(({ memberKey }) => memberKey);
      for (const { memberKey } of rankAgents({ ...of, triedMemberKeys: tried }, agents, now, options).ranked) {
        const one = agents.find((candidate) => candidate.memberKey === memberKey)!;
        assert.ok(!tried.includes(memberKey));
        assert.ok(one.memberStatus !== 'Inactive' && !one.roles?.includes('admin'));
        assert.ok(one.maxLeads === null || one.openLeads < one.maxLeads);
        assert.ok(one.pausedFrom !== '2026-01-01' || one.pausedTo === '2026-02-01');
      }
    }),
  );
});

test('more work never raises the score of an agent', () => {
  fc.assert(
    fc.property(leadArbitrary, agentArbitrary, fc.nat(10), (of, one, more) => {
      const score = (candidate: AgentToMatch) => rankAgents(of, [candidate], now, options).ranked[0]?.score ?? -1;
      assert.ok(score({ ...one, openLeads: one.openLeads + more }) <= score(one));
    }),
  );
});
