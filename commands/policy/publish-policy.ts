import { type Policy, type RoutingPolicyState, routingPolicyKey } from '../../domain/routing-policy/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { routingPolicies } from '../aggregates.ts';
import { type CommandContext, type CommandResult, execute, load } from '../execute.ts';

/** The policy in force; version 0 is the built-in one. */
export const loadPolicy = async (store: EventStore): Promise<RoutingPolicyState> =>
  (await load(store, routingPolicies, routingPolicyKey)).state;

/** Publishes a policy that was read and checked; it applies to every lead that is offered from now on. */
export const publishPolicy = async (
  store: EventStore,
  { policy, note }: { readonly policy: Policy; readonly note?: string },
  context: CommandContext,
): Promise<CommandResult<RoutingPolicyState>> =>
  await execute(
    store,
    routingPolicies,
    routingPolicyKey,
    [{ type: 'PublishPolicy', policy, ...(note === undefined ? {} : { note }) }],
    context,
  );
