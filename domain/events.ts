import { agentEvents } from './agent/index.ts';
import type { EventDefinition, EventOf } from './event-definition.ts';
import { leadEvents } from './lead/index.ts';
import { listingEvents } from './listing/index.ts';
import { ownershipEvents } from './ownership/index.ts';
import { routingPolicyEvents } from './routing-policy/index.ts';
import { savedSearchEvents } from './saved-search/index.ts';

/**
 * The aggregates, named like the category of their streams: `listing-<listingKey>`, `savedSearch-<savedSearchKey>`, …
 */
export const aggregates = {
  listing: listingEvents,
  lead: leadEvents,
  agent: agentEvents,
  savedSearch: savedSearchEvents,
  routingPolicy: routingPolicyEvents,
  ownership: ownershipEvents,
} as const;

export type AggregateName = keyof typeof aggregates;
export const aggregateNames = Object.keys(aggregates) as AggregateName[];
export type EventOfAggregate<Name extends AggregateName> = EventOf<(typeof aggregates)[Name]>;

/** Any event of the domain. */
export type DomainEvent = { [Name in AggregateName]: EventOfAggregate<Name> }[AggregateName];

/** Every event type, by its name. */
export const eventDefinitions: ReadonlyMap<string, EventDefinition & { readonly aggregate: AggregateName }> = new Map(
  aggregateNames.flatMap((aggregate) =>
    aggregates[aggregate].map((definition) => [definition.type, { ...definition, aggregate }] as const),
  ),
);

/** The name of a record's stream. */
export const streamName = (aggregate: AggregateName, key: string): string => `${aggregate}-${key}`;

/** The record whose stream this is; `null` if it is not a stream of ours. */
export const parseStreamName = (stream: string): { aggregate: AggregateName; key: string } | null => {
  const dash = stream.indexOf('-');
  const aggregate = aggregateNames.find((name) => name === stream.slice(0, dash));
  return aggregate === undefined || dash === -1 || dash === stream.length - 1
    ? null
    : { aggregate, key: stream.slice(dash + 1) };
};
