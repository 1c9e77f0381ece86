import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { RecordName } from '../../domain/catalogue/field.ts';
import { findRecord } from '../../history/find-record.ts';
import { formatTime } from '../../history/format.ts';
import { readHistoryPage } from '../../history/history-page.ts';
import { parseTime } from '../../history/parse-time.ts';
import { slugOf } from '../../history/record-types.ts';
import { stateAt } from '../../history/state-at.ts';
import { isUserError } from '../../platform/errors.ts';
import { readLeadFacts, readSearchFacts } from '../../queries/leads/lead-facts.ts';
import { readUndeliverable } from '../../queries/messages/undeliverable.ts';
import type { Page } from '../deps.ts';
import { linkKeys } from '../rendering/link-keys.ts';
import { recordPath } from '../rendering/paths.ts';
import { aggregateFor } from './find.ts';

const querySchema = z.object({
  at: z.string().max(40).optional().catch(undefined),
  by: z.enum(['recorded', 'occurred']).catch('recorded'),
  zone: z.string().min(1).max(60).optional().catch(undefined),
  before: z.coerce.number().int().min(1).optional().catch(undefined),
});

/** `/history/:type/:id`: a record's events, and its state at a moment. */
export const historyPages = (app: FastifyInstance, { deps, render }: Page): void => {
  app.get<{ Params: { type: string; id: string } }>('/history/:type/:id', async (request, reply) => {
    const aggregate = aggregateFor(request.params.type);
    const { at, by, zone: asWanted, before } = querySchema.parse(request.query);
    const wantedZone = asWanted ?? deps.config.timeZone;
    const key = await findRecord(deps, aggregate, request.params.id);
    const slug = slugOf(aggregate);

    const asked = momentOf(at, wantedZone);
    const zone = asked.problem === null ? wantedZone : deps.config.timeZone;
    const [{ entries, total, title, older }, state, facts, undeliverable] = await Promise.all([
      readHistoryPage(deps.store, aggregate, key, before),
      asked.moment === null ? null : stateAt(deps.store, aggregate, key, asked.moment, by),
      factsOf(deps.db, aggregate, key),
      readUndeliverable(deps.db, { aggregate, key }),
    ]);
    return await reply.type('text/html').send(
      render(
        'history',
        {
          title: title ?? key,
          path: '/history',
          type: slug,
          ...(aggregate === 'lead' || aggregate === 'agent' ? { record: recordPath(aggregate, key) } : {}),
        },
        {
          slug,
          aggregate,
          key,
          facts,
          title,
          entries,
          total,
          older,
          at,
          by,
          zone,
          undeliverable,
          problem: asked.problem,
          state,
          moment: asked.moment === null ? null : formatTime(asked.moment.toISOString(), zone),
          timeIn: (iso: string) => formatTime(iso, zone),
          linked: await linkKeys(deps.db, aggregate, entries, state?.fields ?? {}, zone),
        },
      ),
    );
  });
};

/** What people need to know first about a lead or a saved search: opt-outs, and searches on hold. */
const factsOf = async (db: Page['deps']['db'], aggregate: RecordName, key: string) => {
  if (aggregate === 'lead') return await readLeadFacts(db, key);
  return aggregate === 'savedSearch' ? { optOut: null, searches: await readSearchFacts(db, key) } : null;
};

/** The moment the visitor picked. If it is not valid, the page is shown with the problem. */
const momentOf = (at: string | undefined, zone: string): { moment: Date | null; problem: string | null } => {
  try {
    const moment = parseTime(at || '2000-01-01', zone);
    return { moment: at ? moment : null, problem: null };
  } catch (error) {
    if (!isUserError(error)) throw error;
    return { moment: null, problem: `${error.message}. ${error.hint ?? ''}` };
  }
};
