import { sameValue } from '../changes.ts';
import { accept, type Decider, type Decision } from '../decider.ts';
import { defaultPolicy } from './default-policy.ts';
import type { RoutingPolicyEvent } from './events.ts';
import type { Policy } from './schema.ts';

export { minutesOf } from './duration.ts';
export { type RoutingPolicyEvent, routingPolicyEvents } from './events.ts';
export {
  type AgentGroup,
  type Policy,
  type PolicyRule,
  type PolicyStep,
  policySchema,
  type RuleConditions,
  type ScoreComponent,
  scoreComponents,
} from './schema.ts';

/** The stream of the only policy. */
export const routingPolicyKey = 'leads';

/** The only command of the policy publishes another one. Publishing the same one again changes nothing. */
export type RoutingPolicyCommand = { readonly type: 'PublishPolicy'; readonly policy: Policy; readonly note?: string };

/** The policy in force. Version 0 is the built-in one, until another is published. */
export type RoutingPolicyState = { readonly policyVersion: number; readonly policy: Policy };

const decide = ({ policy, note }: RoutingPolicyCommand, state: RoutingPolicyState): Decision<RoutingPolicyEvent> => {
  if (state.policyVersion > 0 && sameValue(policy, state.policy)) return accept();
  const data = { policyVersion: state.policyVersion + 1, policy, ...(note === undefined ? {} : { note }) };
  return accept({ type: 'RoutingPolicyPublished', data });
};

const evolve = (state: RoutingPolicyState, event: RoutingPolicyEvent): RoutingPolicyState => {
  switch (event.type) {
    case 'RoutingPolicyPublished': {
      const { policyVersion, policy } = event.data;
      return { ...state, policyVersion, policy };
    }
    default:
      return event.type satisfies never;
  }
};

export const routingPolicy: Decider<RoutingPolicyCommand, RoutingPolicyEvent, RoutingPolicyState> = {
  decide,
  evolve,
  initialState: { policyVersion: 0, policy: defaultPolicy },
};
