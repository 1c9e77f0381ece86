import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { longestReason } from '../../../../domain/metadata.ts';
import { type Conflict, conflictNumbered } from '../../../../importers/differences/conflicts.ts';
import { migrateImport } from '../../../../importers/migrations.ts';
import { reasonWords } from '../../../../importers/owned/labels.ts';
import { acceptConflict, refuseConflict, sidesOf, withOurSide } from '../../../../importers/owned/resolve-conflict.ts';
import { sharedWith } from '../../../../importers/owned/sharing/shared.ts';
import { acceptanceOf } from '../../../../importers/owned/sharing/shared-by-conflicts.ts';
import { isUserError, userError } from '../../../../platform/errors.ts';
import { isBlank } from '../../../../platform/wording/words.ts';
import { recordNames } from '../../../../queries/record-names.ts';
import type { Page } from '../../../deps.ts';
import { personContext } from '../../../forms/person.ts';
import { linkKeys } from '../../../rendering/link-keys.ts';
import { recordPath } from '../../../rendering/paths.ts';
import { nothingChanged } from '../../nothing-changed.ts';
import { sharedNotes } from './shared-notes.ts';

const idSchema = z.object({ id: z.string().regex(/^\d{1,18}$/) });
const bodySchema = z.object({
  action: z.enum(['accept', 'refuse']),
  because: z.string().trim().max(longestReason).default(''),
  seen: z.string().max(100),
  /** The fields to accept. */
  field: z.preprocess(
    (found) => (typeof found === 'string' ? [found] : found),
    z.array(z.string().max(100)).optional(),
  ),
});

/**
 * `/conflicts/:id`: both sides of a conflict, field by field; `POST /conflicts/:id/actions`: a person's decision.
 */
export const conflictPage = (app: FastifyInstance, { deps, render }: Page): void => {
  const { db, store, clock, config } = deps;
  const conflictOf = async (params: unknown): Promise<Conflict> => {
    await migrateImport(db);
    const id = idSchema.safeParse(params).data?.id;
    const stored = id === undefined ? undefined : await conflictNumbered(db, id);
    if (stored === undefined) throw userError('there is no such conflict', { code: 'conflict-unknown' });
    return stored.resolvedAt === null ? await withOurSide(db, store, stored) : stored;
  };

  app.get('/conflicts/:id', async (request, reply) => {
    const conflict = await conflictOf(request.params);
    const { aggregate, recordKey, fields } = conflict;
    const values = Object.entries(fields).map(([name, { before, legacy, openhouse }]) => [
      name,
      [before, legacy, openhouse].flat(),
    ]);
    const [names, shown] = await Promise.all([
      recordNames(db, new Set([recordKey])),
      linkKeys(db, aggregate, [], Object.fromEntries(values), config.timeZone),
    ]);
    const shared = conflict.resolvedAt === null ? await sharedWith(db, store, [acceptanceOf(conflict)]) : [];
    return await reply.type('text/html').send(
      render(
        'conflicts/conflict',
        { title: `Conflict ${conflict.conflictId}`, path: '/conflicts' },
        {
          conflict,
          name: names.get(recordKey),
          href: recordPath(aggregate, recordKey),
          shown,
          seen: sidesOf(conflict),
          notes: await sharedNotes(db, shared),
          reasonWords,
        },
      ),
    );
  });

  app.post('/conflicts/:id/actions', async (request, reply) => {
    const conflict = await conflictOf(request.params);
    const page = `/conflicts/${conflict.conflictId}`;
    const refused = (message: string) =>
      nothingChanged(
        reply,
        render,
        { path: '/conflicts', back: { href: page, name: 'Back to the conflict' } },
        message,
      );
    const parsed = bodySchema.safeParse(request.body);
    if (!parsed.success) return await refused('Choose what to do, and fill in the form.');
    const { action, because, seen, field } = parsed.data;
    if (isBlank(because)) return await refused('Give the reason: it is kept with the decision.');
    if (conflict.resolvedAt === null && seen !== sidesOf(conflict))
      return await refused('One of the sides has changed since it was shown to you. Look at both again, then decide.');
    try {
      const by = personContext(request, clock, because);
      if (action === 'accept') await acceptConflict({ db, store }, conflict.conflictId, by, field ?? [], seen);
      else await refuseConflict({ db, store }, conflict.conflictId, by, seen);
    } catch (error) {
      if (!isUserError(error)) throw error;
      return await refused(`${error.message}. ${error.hint ?? ''}`.trim());
    }
    return await reply.redirect(page, 303);
  });
};
