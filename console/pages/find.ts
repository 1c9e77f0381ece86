import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { RecordName } from '../../domain/catalogue/field.ts';
import { findRecord } from '../../history/find-record.ts';
import { aggregateOf, recordNames } from '../../history/record-types.ts';
import { isUserError, userError } from '../../platform/errors.ts';
import { findAnything } from '../../queries/find.ts';
import type { Page } from '../deps.ts';
import { recordPath } from '../paths.ts';

const querySchema = z.object({ type: z.string().catch('any'), id: z.string().trim().max(320).catch('') });

/** `/find`: redirects from a name, address or id to the record's page, or lists all matching records. */
export const findPage = (app: FastifyInstance, { deps, render }: Page): void => {
  app.get('/find', async (request, reply) => {
    const { type, id } = querySchema.parse(request.query);
    const aggregates = type === 'any' ? recordNames : [aggregateFor(type)];
    const found = id === '' ? [] : await findAnything(deps.db, aggregates, id);
    const [only, ...more] = found;
    if (only !== undefined && more.length === 0) return await reply.redirect(recordPath(only.aggregate, only.key), 303);
    if (found.length === 0) {
      const unseen = await notInReadModels(deps, aggregates, id);
      return await reply.redirect(recordPath(unseen.aggregate, unseen.key), 303);
    }
    const links = found.map((each) => ({ ...each, href: recordPath(each.aggregate, each.key) }));
    return await reply
      .type('text/html')
      .send(render('found', { title: `“${id}”`, path: '/find', type }, { links, id }));
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
    hint: 'Try part of an address or a name, an MLS number, an e-mail address, or a complete key or legacy ID.',
  });
};
