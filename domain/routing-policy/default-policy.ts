import type { Policy } from './schema.ts';

/** The built-in policy, version 0. docs/routing-leads.md explains it line by line. */
export const defaultPolicy: Policy = {
  weights: {
    area: 40,
    price: 25,
    language: 20,
    propertyType: 10,
    capacity: 15,
    hours: 5,
    responseTime: 5,
    conversion: 5,
    fairness: 10,
  },
  rules: [
    {
      name: 'Asked about one of our listings',
      when: { listingAgents: 'ours' },
      chain: [
        { offerTo: 'listingAgent', mode: 'bestMatch', answerWithin: '30 minutes', workingHours: 'ignored' },
        { offerTo: 'everyone', mode: 'bestMatch', answerWithin: '30 minutes', workingHours: 'required' },
        { offerTo: 'everyone', mode: 'bestMatch', answerWithin: '30 minutes', workingHours: 'preferred' },
      ],
    },
    {
      name: 'Everyone else',
      chain: [
        { offerTo: 'everyone', mode: 'bestMatch', answerWithin: '30 minutes', workingHours: 'required' },
        { offerTo: 'everyone', mode: 'bestMatch', answerWithin: '30 minutes', workingHours: 'preferred' },
      ],
    },
  ],
  escalateTo: 'broker',
  firstResponse: { remindAfter: '1 hour', escalateAfter: '4 hours' },
};
