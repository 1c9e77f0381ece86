import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { longestReason } from '../../../domain/metadata.ts';
import { migrateImport } from '../../../importers/migrations.ts';
import { confirmDeletions, keepWaiting } from '../../../importers/mongo/following/waiting.ts';
import { readDeletionsWaiting } from '../../../queries/importing/deletions-waiting.ts';
import { recordNames } from '../../../queries/record-names.ts';
import type { Page } from '../../deps.ts';
import { personContext } from '../../forms/person.ts';
import { nothingChanged } from '../nothing-changed.ts';

const bodySchema = z.object({
  action: z.enum(['confirm', 'keep']),
  collection: z.string().min(1).max(1_000),
  /** How many documents were shown. */
  seen: z.coerce.number().int().positive(),
  because: z.string().trim().max(longestReason).default(''),
});

/**
 * `/deletions`: documents that are gone from the old CRM, or that the mapping leaves out now, and that are too many to delete their records
 * without a person; `POST /deletions`: a person's decision, which the next run of following carries out.
 */
export const deletionsPage = (app: FastifyInstance, { deps, render }: Page): void => {
  const { db, clock } = deps;

  app.get('/deletions', async (_request, reply) => {
    await migrateImport(db);
    const shown = await readDeletionsWaiting(db);
    const keys = shown.missing.flatMap(({ samples }) => samples.flatMap(({ recordKey }) => recordKey ?? []));
    const names = await recordNames(db, new Set(keys));
    return await reply
      .type('text/html')
      .send(render('deletions', { title: 'Deletions in the old CRM', path: '/deletions' }, { ...shown, names }));
  });

  app.post('/deletions', async (request, reply) => {
    await migrateImport(db);
    const back = { href: '/deletions', name: 'Back to the deletions' };
    const refused = (message: string) => nothingChanged(reply, render, { path: '/deletions', back }, message);
    const parsed = bodySchema.safeParse(request.body);
    if (!parsed.success) return await refused('Choose what to do, and fill in the form.');
    const { action, collection, seen, because } = parsed.data;
    if (action === 'keep' && because === '') return await refused('Give the reason: it is kept with the decision.');
    const { waiting } = await readDeletionsWaiting(db);
    const found = waiting.filter((one) => one.collection === collection);
    if (found.length === 0) return await refused('Nothing is waiting there any more.');
    if (found.reduce((sum, { documents }) => sum + documents, 0) !== seen)
      return await refused('The number of documents has changed since it was shown to you. Look again, then decide.');
    const { actor } = personContext(request, clock);
    const decided = { by: actor.id, at: clock.now() };
    if (action === 'keep') await keepWaiting(db, { ...decided, because }, [collection]);
    else await confirmDeletions(db, { ...decided, because: because === '' ? null : because }, [collection]);
    return await reply.redirect('/deletions', 303);
  });
};
