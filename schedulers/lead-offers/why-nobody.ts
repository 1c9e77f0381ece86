import type { Ranking } from '../../matching/rank-agents.ts';

/** How many agents each rule kept from a lead. */
export type WhyNobody = { readonly agentsByRule: Readonly<Record<string, number>>; readonly summary: string };

/** For one agent, and for several. */
const phrases: Readonly<Record<string, readonly [string, string]>> = {
  area: ['does not cover the area', 'do not cover the area'],
  price: ['works at other prices', 'work at other prices'],
  capacity: ['has no room for another lead', 'have no room for another lead'],
  pause: ['is away', 'are away'],
  tried: ['had it on offer already', 'had it on offer already'],
};

/**
 * Why no agent fits a lead, for the broker: `8 do not cover the area, 1 is away`. Staff and former agents do not count;
 * an agent with several obstacles counts for each.
 */
export const whyNobody = ({ unfit }: Ranking): WhyNobody => {
  const agentsByRule: Record<string, number> = {};
  for (const { obstacles } of unfit) {
    if (obstacles.some(({ rule }) => rule === 'status' || rule === 'role')) continue;
    for (const { rule } of obstacles) agentsByRule[rule] = (agentsByRule[rule] ?? 0) + 1;
  }
  const parts = Object.entries(agentsByRule)
    .sort(([, left], [, right]) => right - left)
    .map(([rule, count]) => `${count} ${phrases[rule]?.[count === 1 ? 0 : 1] ?? rule}`);
  return { agentsByRule, summary: parts.length === 0 ? 'there are no active agents' : parts.join(', ') };
};
