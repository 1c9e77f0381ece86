import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { defaultPolicy } from '../../../domain/routing-policy/default-policy.ts';
import type { Policy, RoutingPolicyState } from '../../../domain/routing-policy/index.ts';
import { policySchema } from '../../../domain/routing-policy/schema.ts';
import type { AgentToMatch } from '../../../matching/agent-fit.ts';
import { countOffer, type Deficits } from '../../../matching/fairness.ts';
import { agent, member, now, policy, route, step } from './brokerage.ts';

suite('fairness', () => {
  /** Offers leads one after the other, each a minute after the one before. */
  const run = (
    of: Policy | RoutingPolicyState,
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
