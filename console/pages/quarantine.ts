import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { userError } from '../../platform/errors.ts';
import { countQuarantine, readQuarantine, readQuarantinedDocument } from '../../queries/importing/quarantine.ts';
import type { Page } from '../deps.ts';

const word = z.string().min(1).max(100).optional().catch(undefined);
const filterSchema = z.object({
  collection: word,
  code: word,
  search: word,
  dismissed: z.literal('yes').optional().catch(undefined),
  before: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional()
    .catch(undefined),
});
const idSchema = z.object({ id: z.string().regex(/^\d{1,18}$/) });
const pageSize = 25;

/**
 * `/quarantine`: the documents that could not become records, with the reason; `/quarantine/:id/document`: one of them as a file.
 */
export const quarantinePage = (app: FastifyInstance, { deps, render }: Page): void => {
  app.get('/quarantine', async (request, reply) => {
    const { before, dismissed, ...filter } = filterSchema.parse(request.query);
    const { search } = filter;
    const which = { ...filter, dismissed: dismissed === 'yes' };
    const [counts, found] = await Promise.all([
      countQuarantine(deps.db, { search, dismissed: which.dismissed }),
      readQuarantine(deps.db, { ...which, before }, pageSize + 1),
    ]);
    const rows = found.slice(0, pageSize);
    const older = found.length > pageSize ? rows.at(-1)!.quarantineId : null;
    return await reply
      .type('text/html')
      .send(
        render(
          'quarantine',
          { title: 'Quarantine', path: '/quarantine' },
          { rows, counts, filter: { ...filter, dismissed }, older },
        ),
      );
  });

  app.get('/quarantine/:id/document', async (request, reply) => {
    const id = idSchema.safeParse(request.params).data?.id;
    const pieces = id === undefined ? null : await readQuarantinedDocument(deps.db, id);
    if (pieces === null) throw userError('there is no such document', { code: 'document-unknown' });
    return await reply
      .header('content-disposition', `attachment; filename="quarantine-${id}.json"`)
      .type('application/json')
      .send(Readable.from(pieces));
  });
};
