import { agent } from '../domain/agent/index.ts';
import { lead } from '../domain/lead/index.ts';
import { listing } from '../domain/listing/index.ts';
import { ownership } from '../domain/ownership/index.ts';
import { routingPolicy } from '../domain/routing-policy/index.ts';
import { savedSearch } from '../domain/saved-search/index.ts';

/** The aggregates, ready for `execute`. */
export const listings = { name: 'listing', decider: listing } as const;
export const leads = { name: 'lead', decider: lead } as const;
export const agents = { name: 'agent', decider: agent } as const;
export const savedSearches = { name: 'savedSearch', decider: savedSearch } as const;
export const routingPolicies = { name: 'routingPolicy', decider: routingPolicy } as const;
export const ownerships = { name: 'ownership', decider: ownership } as const;

/** Those that records are made of, by name. */
export const recordAggregates = { listing: listings, lead: leads, agent: agents, savedSearch: savedSearches } as const;
