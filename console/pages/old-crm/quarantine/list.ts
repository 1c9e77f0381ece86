import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { longestReason } from '../../../../domain/metadata.ts';
import { refusedOriginal } from '../../../../importers/quarantine/refused.ts';
import { valueAtFault } from '../../../../importers/quarantine/value-at-fault.ts';
import { acceptQuarantine } from '../../../../importers/quarantine-limit.ts';
import { userError } from '../../../../platform/errors.ts';
import { countQuarantine, readQuarantine, readQuarantinedDocument } from '../../../../queries/importing/quarantine.ts';
import { readStop } from '../../../../queries/importing/stop.ts';
import type { Page } from '../../../deps.ts';
import { personContext } from '../../../forms/person.ts';
import { nothingChanged } from '../../nothing-changed.ts';

const word = z.string().min(1).max(100).optional().catch(undefined);
const filterSchema = z.object({
  collection: word,
  code: word,
  search: word,
  done: z.literal('accept').optional().catch(undefined),
  dismissed: z.literal('yes').optional().catch(undefined),
  before: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional()
    .catch(undefined),
});
const acceptSchema = z.object({ because: z.string().trim().min(1).max(longestReason) });
const idSchema = z.object({ id: z.string().regex(/^\d{1,18}$/) });
const pageSize = 25;

/**
 * `/quarantine`: the documents that could not become records, with the reason; `/quarantine/:id/document`: one of them as a file;
 * `POST /quarantine/accept`: lets imports go on after one stopped.
 */
export const quarantinePage = (app: FastifyInstance, { deps, render }: Page): void => {
  app.get('/quarantine', async (request, reply) => {
    const { before, dismissed, done, ...filter } = filterSchema.parse(request.query);
    const { search } = filter;
    const which = { ...filter, dismissed: dismissed === 'yes' };
    const [counts, found, stop] = await Promise.all([
      countQuarantine(deps.db, { search, dismissed: which.dismissed }),
      readQuarantine(deps.db, { ...which, before }, pageSize + 1),
      readStop(deps.db, deps.config.quarantineLimit),
    ]);
    const rows = found.slice(0, pageSize).map((row) => ({ ...row, value: valueAtFault(row) }));
    const older = found.length > pageSize ? rows.at(-1)!.quarantineId : null;
    return await reply
      .type('text/html')
      .send(
        render(
          'quarantine',
          { title: 'Quarantine', path: '/quarantine' },
          { rows, counts, filter: { ...filter, dismissed }, older, stop, accepted: done === 'accept' },
        ),
      );
  });

  app.post('/quarantine/accept', async (request, reply) => {
    const given = acceptSchema.safeParse(request.body);
    if (!given.success) {
      const back = { href: '/quarantine', name: 'Back to the quarantine' };
      return await nothingChanged(reply, render, { path: '/quarantine', back }, 'Give the reason: it is kept.');
    }
    const { actor } = personContext(request, deps.clock);
    await acceptQuarantine(deps.db, actor.id, deps.clock.now(), given.data.because);
    return await reply.redirect('/quarantine?done=accept', 303);
  });

  app.get('/quarantine/:id/document', async (request, reply) => {
    const id = idSchema.safeParse(request.params).data?.id;
    const document = id === undefined ? null : await readQuarantinedDocument(deps.db, id);
    if (id === undefined || document === null)
      throw userError('there is no such document', { code: 'document-unknown' });
    const original = await refusedOriginal(deps.db, id);
    const pieces = original === undefined ? document : [original.raw()];
    return await reply
      .header('content-disposition', `attachment; filename="quarantine-${id}.json"`)
      .type('application/json')
      .send(Readable.from(pieces));
  });
};
