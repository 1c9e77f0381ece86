import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ifThere } from '../../queries/if-there.ts';
import { readHeldSearches } from '../../queries/leads/lead-facts.ts';
import { holdReasonWords } from '../../schedulers/alerts/searches/hold-words.ts';
import { countHolds } from '../../schedulers/alerts/searches/on-hold.ts';
import type { Page } from '../deps.ts';
import { pathWith } from '../rendering/paths.ts';

const querySchema = z.object({
  reason: z
    .string()
    .regex(/^[a-z-]{1,100}$/)
    .optional()
    .catch(undefined),
  after: z
    .string()
    .regex(/^\P{Cc}{1,200}$/u)
    .optional()
    .catch(undefined),
});
const pageSize = 25;
const none = { searches: 0, reasons: [], switchedOff: 0 };

/**
 * `/on-hold`: the saved searches for which nothing is sent until someone corrects them: how many by reason, and page by page each with
 * what was not understood. Only the first page has the counts, which take reading every search.
 */
export const onHoldPage = (app: FastifyInstance, { deps, render }: Page): void => {
  app.get('/on-hold', async (request, reply) => {
    const { reason, after } = querySchema.parse(request.query);
    const [holds, found] = await Promise.all([
      after === undefined ? ifThere(countHolds(deps.db), none) : null,
      readHeldSearches(deps.db, pageSize + 1, { reason, after }),
    ]);
    const searches = found.slice(0, pageSize);
    const path = (query: { reason?: string; after?: string }) => pathWith('/on-hold', query);
    const only = reason === undefined ? {} : { reason };
    const view = {
      searches,
      counts: holds && {
        switchedOff: holds.switchedOff,
        all: holds.searches,
        total:
          reason === undefined ? holds.searches : (holds.reasons.find(({ code }) => code === reason)?.searches ?? 0),
        reasons: holds.reasons.map(({ code, searches }) => ({
          words: holdReasonWords({ code }),
          searches,
          href: path({ reason: code }),
          current: code === reason,
        })),
      },
      reason,
      only: reason === undefined ? null : holdReasonWords({ code: reason }),
      firstPage: after === undefined ? null : path(only),
      nextPage: found.length > pageSize ? path({ ...only, after: searches.at(-1)!.savedSearchKey }) : null,
    };
    return await reply
      .type('text/html')
      .send(render('on-hold', { title: 'Saved searches on hold', path: '/on-hold' }, view));
  });
};
