import { type AgentFields, isActive } from '../../domain/agent/index.ts';
import type { Known } from '../../domain/changes.ts';
import type { AgentGroup, Policy, PolicyRule, PolicyStep } from '../../domain/routing-policy/index.ts';
import { sameName } from '../words.ts';

/** What a policy uses of a member of the brokerage. */
export type PolicyMember = Known<Pick<AgentFields, 'memberStatus' | 'roles' | 'officeKey' | 'specialties'>> & {
  readonly memberKey: string;
  /** For messages. */
  readonly memberFullName?: string | null | undefined;
};

const seniority = ['broker', 'owner', 'manager', 'admin'];

/** Whether a step includes this agent. @param listAgentKey the agent who lists the home that the lead asked about */
export const isInStep = (
  { offerTo }: Pick<PolicyStep, 'offerTo'>,
  member: PolicyMember,
  listAgentKey: string | null,
): boolean => {
  if (offerTo === 'everyone') return true;
  if (offerTo === 'listingAgent') return member.memberKey === listAgentKey;
  return isInGroup(offerTo, member);
};

const isInGroup = ({ agents, offices, specialties }: AgentGroup, member: PolicyMember): boolean =>
  (agents === undefined || agents.includes(member.memberKey)) &&
  (offices === undefined || (member.officeKey ? offices.includes(member.officeKey) : false)) &&
  (specialties === undefined ||
    specialties.some((wanted) => member.specialties?.some((known) => sameName(known, wanted)) ?? false));

/**
 * The person for a policy's `escalateTo`; `null` if there is none. `broker` is the first active member with the role
 * broker, owner, manager or admin, in this order, then by key.
 */
export const personOf = (escalateTo: string, members: Iterable<PolicyMember>): string | null => {
  const active = [...members].filter(isActive);
  if (escalateTo !== 'broker') return active.some(({ memberKey }) => memberKey === escalateTo) ? escalateTo : null;
  for (const role of seniority) {
    const found = active
      .filter(({ roles }) => roles?.some((each) => each.toLowerCase() === role))
      .map(({ memberKey }) => memberKey)
      .sort();
    if (found[0] !== undefined) return found[0];
  }
  return null;
};

/**
 * The person who gets a lead at the end of its chain: the rule's, else the policy's. A person who has left the
 * brokerage is replaced by the broker; `null`: there is no one to escalate to.
 */
export const endOfChain = (
  policy: Pick<Policy, 'escalateTo'>,
  rule: Pick<PolicyRule, 'escalateTo'> | null,
  members: readonly PolicyMember[],
): string | null => {
  for (const wanted of [rule?.escalateTo ?? policy.escalateTo, policy.escalateTo, 'broker']) {
    const person = personOf(wanted, members);
    if (person !== null) return person;
  }
  return null;
};
