import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentToMatch } from '../../../matching/agent-fit.ts';
import { recomputes } from '../../../matching/policy/recompute.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { arbitraryAgents, arbitraryLead, arbitraryPolicy, arbitraryTime, days } from './arbitrary.ts';
import { route, timeZone } from './brokerage.ts';

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
