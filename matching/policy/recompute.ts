import type { OfferCandidate, OfferMode } from '../../domain/lead/index.ts';
import { byFit } from '../find-candidates.ts';

/** What an offer's event says about how it came about. */
export type OfferGrounds = {
  readonly mode?: OfferMode | undefined;
  readonly memberKeys: readonly string[];
  readonly candidates: readonly OfferCandidate[];
};

/**
 * Whether the points on an offer lead to the same choice again: each score follows from its components, and the agents with the highest
 * scores were asked, ties going to whoever has waited longest.
 */
export const recomputes = ({ mode = 'bestMatch', memberKeys, candidates }: OfferGrounds): boolean =>
  scoresFollow(mode, candidates) &&
  sameKeys(
    memberKeys,
    candidates
      .map(({ memberKey, score, lastOfferedAt }) => ({
        memberKey,
        score,
        lastOfferedAt: lastOfferedAt === undefined ? Number.NEGATIVE_INFINITY : Date.parse(lastOfferedAt),
      }))
      .sort(byFit)
      .slice(0, memberKeys.length)
      .map(({ memberKey }) => memberKey),
  );

const sameKeys = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((key, index) => key === other[index]);

const same = (one: number, other: number): boolean => Math.abs(one - other) < 1e-6;

/**
 * A score is the sum of the points. In a weighted round robin, it is what the agent is owed plus the share of a lead
 * that their turn earns them. That share can only be checked as an upper limit, because an offer may have had more
 * candidates than its event keeps.
 */
const scoresFollow = (mode: OfferMode, candidates: readonly OfferCandidate[]): boolean => {
  if (mode !== 'weightedRoundRobin') {
    return candidates.every(({ score, components }) => same(score, sum(Object.values(components))));
  }
  const most = 1 / sum(candidates.map(({ components: { turns = 1 } }) => turns));
  const oneTurn = candidates.map(({ score, components: { deficit = 0, turns = 1 } }) => (score - deficit) / turns);
  return oneTurn.every((turn) => same(turn, oneTurn[0]!) && turn > 0 && turn < most + 1e-6);
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
