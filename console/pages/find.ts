import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { RecordName } from '../../domain/catalogue/field.ts';
import { findRecord } from '../../history/find-record.ts';
import { aggregateOf, recordNames, slugOf } from '../../history/record-types.ts';
import { isUserError, userError } from '../../platform/errors.ts';
import { findByKind } from '../../queries/search/find.ts';
import type { Page } from '../deps.ts';
import { recordPath } from '../rendering/paths.ts';

const querySchema = z.object({
  type: z.string().catch('any'),
  id: z.string().trim().max(320).catch(''),
  after: z.string().max(2_000).optional().catch(undefined),
});
/** Of each kind, and on a page of one kind. */
const shown = { each: 20, one: 50 } as const;

/** `/find`: redirects from a name, address or id to the record's page, or lists all matching records, page by page. */
export const findPage = (app: FastifyInstance, { deps, render }: Page): void => {
  app.get('/find', async (request, reply) => {
    const { type, id, after } = querySchema.parse(request.query);
    const aggregates = type === 'any' ? recordNames : [aggregateFor(type)];
    const one = aggregates.length === 1;
    const options = { limit: one ? shown.one : shown.each, after: one ? after : undefined };
    const kinds = id === '' ? [] : await findByKind(deps.db, aggregates, id, options);
    const [only, ...more] = kinds.flatMap(({ rows }) => rows);
    if (only !== undefined && more.length === 0 && after === undefined) {
      return await reply.redirect(recordPath(only.aggregate, only.key), 303);
    }
    if (only === undefined && after === undefined) {
      const unseen = await notInReadModels(deps, aggregates, id);
      return await reply.redirect(recordPath(unseen.aggregate, unseen.key), 303);
    }
    const href = (kind: RecordName, next?: string | null) =>
      `/find?${new URLSearchParams({ type: slugOf(kind), id, ...(next ? { after: next } : {}) })}`;
    return await reply.type('text/html').send(
      render(
        'found',
        { title: `“${id}”`, path: '/find', type },
        {
          id,
          total: kinds.reduce((sum, { total }) => sum + total, 0),
          kinds: kinds.map((kind) => ({
            ...kind,
            rows: kind.rows.map((row) => ({ ...row, href: recordPath(row.aggregate, row.key) })),
            all: one || kind.next === null ? null : href(kind.aggregate),
            nextPage: one && kind.next !== null ? href(kind.aggregate, kind.next) : null,
          })),
          firstPage: after === undefined ? null : href(aggregates[0]!),
        },
      ),
    );
  });
};

export const aggregateFor = (type: string): RecordName => {
  const aggregate = aggregateOf(type);
  if (aggregate === null) throw userError(`there is no kind of record "${type}"`, { code: 'record-unknown' });
  return aggregate;
};

/** Finds a record that the read models do not have yet, by its key. @throws UserError when there is none */
const notInReadModels = async (deps: Page['deps'], aggregates: readonly RecordName[], id: string) => {
  for (const aggregate of aggregates) {
    try {
      return { aggregate, key: await findRecord(deps, aggregate, id) };
    } catch (error) {
      if (!isUserError(error) || aggregates.length === 1) throw error;
    }
  }
  throw userError(`no record matches "${id}"`, {
    code: 'record-unknown',
    hint: 'Try part of an address or a name, a phone number, an MLS number, an e-mail address, or a complete key or ID in the old CRM.',
  });
};
