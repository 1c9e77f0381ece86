import type { FastifyInstance } from 'fastify';
import { openConflicts } from '../../../../importers/differences/conflicts.ts';
import { conflictGroups, countConflicts } from '../../../../importers/differences/selecting.ts';
import { migrateImport } from '../../../../importers/migrations.ts';
import { reasonWords } from '../../../../importers/owned/labels.ts';
import { recordNames } from '../../../../queries/record-names.ts';
import type { Page } from '../../../deps.ts';
import { selectionOf, selectionSchema, typeWords } from './selection.ts';

/** The oldest are shown; the others move up as these are decided. */
const shownAtOnce = 100;

/**
 * `/conflicts`: what the old CRM says otherwise about records that openhouse owns. Conflicts that only come from a changed mapping, of
 * which there are many alike, are shown as groups, unless someone asks for them.
 */
export const conflictsPage = (app: FastifyInstance, { deps, render }: Page): void => {
  const { db } = deps;
  app.get('/conflicts', async (request, reply) => {
    await migrateImport(db);
    const filter = selectionSchema.parse(request.query);
    const selection = selectionOf(filter);
    const shown = filter.reason ?? (['edited', 'deleted'] as const);
    const [conflicts, groups, count] = await Promise.all([
      openConflicts(db, { ...selection, reason: shown }, { limit: shownAtOnce }),
      conflictGroups(db, selection),
      countConflicts(db, selection),
    ]);
    const names = await recordNames(db, new Set(conflicts.map(({ recordKey }) => recordKey)));
    return await reply
      .type('text/html')
      .send(
        render(
          'conflicts/list',
          { title: 'Conflicts with the old CRM', path: '/conflicts' },
          { conflicts, names, groups, count, filter, reasonWords, typeWords },
        ),
      );
  });
};
