/** How many agents each rule excluded for a lead. */
export type WhyNoAgentFits = { readonly agentsByRule: Readonly<Record<string, number>>; readonly summary: string };

/** In the singular and the plural. */
const phrases: Readonly<Record<string, readonly [string, string]>> = {
  area: ['does not cover the area', 'do not cover the area'],
  price: ['works at other prices', 'work at other prices'],
  capacity: ['has no room for another lead', 'have no room for another lead'],
  pause: ['is away', 'are away'],
  tried: ['was already offered it', 'were already offered it'],
  license: ['is not licensed in the state', 'are not licensed in the state'],
  hours: ['is not at work', 'are not at work'],
};

/**
 * Why no agent can have a lead, for the broker: `8 do not cover the area, 1 is away`. Staff and former agents do not count;
 * an agent with several obstacles counts for each.
 *
 * @param leftOut the agents that each rule kept from it
 */
export const whyNoAgentFits = (leftOut: Readonly<Record<string, readonly string[]>>): WhyNoAgentFits => {
  const others = new Set([...(leftOut.status ?? []), ...(leftOut.role ?? [])]);
  const agentsByRule: Record<string, number> = {};
  for (const [rule, keys] of Object.entries(leftOut)) {
    if (rule === 'status' || rule === 'role') continue;
    const count = keys.filter((key) => !others.has(key)).length;
    if (count > 0) agentsByRule[rule] = count;
  }
  const parts = Object.entries(agentsByRule)
    .sort(([, left], [, right]) => right - left)
    .map(([rule, count]) => `${count} ${phrases[rule]?.[count === 1 ? 0 : 1] ?? rule}`);
  return { agentsByRule, summary: parts.length === 0 ? 'there are no active agents' : parts.join(', ') };
};
