import { policyModes, type RuleConditions } from '../../../domain/routing-policy/schema.ts';
import type { AgentToMatch } from '../../../matching/agent-fit.ts';
import fc from '../../support/fast-check.ts';
import { broker, member, policy } from './brokerage.ts';

const zones = ['America/New_York', 'America/Los_Angeles', 'Europe/Madrid'] as const;
export const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const span = fc.constantFrom<[string, string]>(
  ['09:00', '17:00'],
  ['01:00', '03:00'],
  ['20:00', '04:00'],
  ['00:00', '24:00'],
);
export const arbitraryAgents = fc
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
export const arbitraryLead = fc.record({
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
export const arbitraryPolicy = fc
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
export const arbitraryTime = fc.oneof(
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
