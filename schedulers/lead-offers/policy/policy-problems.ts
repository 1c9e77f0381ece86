import { loadPolicy } from '../../../commands/policy/publish-policy.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { checkPolicy } from '../../../matching/policy/check-policy.ts';
import type { PolicyMember } from '../../../matching/policy/members.ts';

/** What the policy in force can no longer do, because someone it depends on is missing. */
export type PolicyInForceProblem = {
  /** The place in the policy: `rules.0.escalateTo` */
  readonly path: string;
  /** The name of its rule; `null` when it concerns all rules. */
  readonly rule: string | null;
  readonly message: string;
};

const aboutPeople = ['no-end', 'agent-unknown', 'agent-inactive', 'not-an-agent', 'matches-nobody'];

/**
 * Checks the policy in force against the people of today. It was checked when it was published, but people leave.
 *
 * @returns nothing while there are no people at all: nothing has been imported yet
 */
export const policyProblems = async (
  store: EventStore,
  members: readonly PolicyMember[],
): Promise<readonly PolicyInForceProblem[]> => {
  if (members.length === 0) return [];
  const { policy } = await loadPolicy(store);
  return checkPolicy(policy, members)
    .filter(({ code }) => aboutPeople.includes(code))
    .map(({ path, message }) => ({
      path: path.join('.'),
      rule: path[0] === 'rules' ? (policy.rules[Number(path[1])]?.name ?? null) : null,
      message,
    }));
};
