import type { OfferCandidate } from '../domain/lead/index.ts';
import { mostDeficit } from './score/components.ts';

/** How many leads each agent is owed; above 0 if others have had more. */
export type Deficits = Map<string, number>;

/** An offer as it counts for fairness. */
export type CountedOffer = {
  readonly memberKeys: readonly string[];
  /**
   * The agents who could have had the lead; missing for offers of the old CRM and those made by hand, for which all
   * agents known then count.
   */
  readonly candidates?: readonly Pick<OfferCandidate, 'memberKey' | 'components'>[];
};

/**
 * Counts an offer: every agent who could have had the lead is owed a share of it (by `turns` in a weighted round robin,
 * otherwise equal shares), and those who got the offer have received theirs. An agent who is away is not a candidate,
 * and so is owed nothing on coming back. No agent is owed, or owes, more than two leads, so a long history never causes
 * a flood.
 */
export const countOffer = (deficits: Deficits, { memberKeys, candidates }: CountedOffer): void => {
  const eligible =
    candidates?.map(({ memberKey, components }) => ({ memberKey, turns: components.turns ?? 1 })) ??
    [...new Set([...deficits.keys(), ...memberKeys])].map((memberKey) => ({ memberKey, turns: 1 }));
  const all = eligible.reduce((sum, { turns }) => sum + turns, 0);
  for (const { memberKey, turns } of eligible) add(deficits, memberKey, turns / all);
  for (const memberKey of memberKeys) add(deficits, memberKey, -1 / memberKeys.length);
  for (const { memberKey } of eligible) limit(deficits, memberKey);
  for (const memberKey of memberKeys) limit(deficits, memberKey);
};

const add = (deficits: Deficits, memberKey: string, leads: number) =>
  deficits.set(memberKey, (deficits.get(memberKey) ?? 0) + leads);

const limit = (deficits: Deficits, memberKey: string) =>
  deficits.set(memberKey, Math.min(mostDeficit, Math.max(-mostDeficit, deficits.get(memberKey)!)));
