import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { longestReason } from '../../../../domain/metadata.ts';
import { fieldsInConflict } from '../../../../importers/differences/selecting.ts';
import { migrateImport } from '../../../../importers/migrations.ts';
import { carryOutDecisions } from '../../../../importers/owned/deciding/decide-all.ts';
import { beginDecision, decisionNumbered } from '../../../../importers/owned/deciding/decision.ts';
import { lookAt } from '../../../../importers/owned/deciding/look.ts';
import { fieldLabel, reasonWords } from '../../../../importers/owned/labels.ts';
import { isUserError, userError } from '../../../../platform/errors.ts';
import { isBlank } from '../../../../platform/wording/words.ts';
import { recordNames } from '../../../../queries/record-names.ts';
import type { Page } from '../../../deps.ts';
import { personContext } from '../../../forms/person.ts';
import { linkKeys } from '../../../rendering/link-keys.ts';
import { pathWith } from '../../../rendering/paths.ts';
import { nothingChanged } from '../../nothing-changed.ts';
import { type Given, selectionGiven, selectionOf, selectionSchema, typeWords } from './selection.ts';
import { sharedNotes } from './shared-notes.ts';

const bodySchema = selectionGiven.extend({
  action: z.enum(['accept', 'refuse']),
  because: z.string().trim().max(longestReason).default(''),
  seen: z.string().max(2_000),
  /** The fields to accept; all that are offered if it is not given. */
  field: z.preprocess(
    (found) => (typeof found === 'string' ? [found] : found),
    z.array(z.string().max(100)).max(1_000).optional(),
  ),
  /** The fields that the form offers, separated by commas. */
  offered: z.string().max(20_000).default(''),
});
const idSchema = z.object({ id: z.string().regex(/^\d{1,18}$/) });
/** How long a form waits for its decision, in ms. Afterwards its page shows how far it is. */
const patienceMs = 3_000;

/**
 * `/conflicts/decide`: what accepting or refusing all of the selected conflicts would do; `POST /conflicts/decide`: a person's decision;
 * `/conflicts/decisions/:id`: how far it is carried out.
 */
export const decidePages = (app: FastifyInstance, { deps, render }: Page): void => {
  const { db, store, clock, log } = deps;

  app.get('/conflicts/decide', async (request, reply) => {
    await migrateImport(db);
    const filter = selectionSchema.parse(request.query);
    const look = await lookAt({ db, store }, selectionOf(filter));
    const offered = await fieldsInConflict(db, selectionOf(filter));
    const names = await recordNames(db, new Set(look.samples.map(({ recordKey }) => recordKey)));
    const samples = await Promise.all(
      look.samples.map(async (conflict) => {
        const values = Object.entries(conflict.fields).map(([name, { legacy, openhouse }]) => [
          name,
          [legacy, openhouse].flat(),
        ]);
        const shown = await linkKeys(db, conflict.aggregate, [], Object.fromEntries(values), deps.config.timeZone);
        return { conflict, shown };
      }),
    );
    return await reply.type('text/html').send(
      render(
        'conflicts/decide',
        { title: 'Decide about several conflicts', path: '/conflicts' },
        {
          ...look,
          notes: await sharedNotes(db, look.joined.first),
          offered,
          samples,
          names,
          filter,
          reasonWords,
          typeWords,
        },
      ),
    );
  });

  app.post('/conflicts/decide', async (request, reply) => {
    await migrateImport(db);
    const parsed = bodySchema.safeParse(request.body);
    const refused = (message: string, filter: Given = {}) => {
      const back = { href: pathWith('/conflicts/decide', filter), name: 'Look again' };
      return nothingChanged(reply, render, { path: '/conflicts', back }, message);
    };
    if (!parsed.success) return await refused('Choose what to do, and fill in the form.');
    const { action, because, seen, field = [], offered, ...filter } = parsed.data;
    if (isBlank(because)) return await refused('Give the reason: it is kept with the decision.', filter);
    const choices = offered === '' ? [] : offered.split(',');
    const isPart = action === 'accept' && choices.some((name) => !field.includes(name));
    const only = isPart ? choices.filter((name) => field.includes(name)) : undefined;
    if (only?.length === 0) return await refused('Choose the fields to take over, or refuse all.', filter);
    const by = personContext(request, clock, because);
    let decisionId: string;
    try {
      decisionId = await beginDecision(db, { action, selection: selectionOf(filter), only, seen }, by);
    } catch (error) {
      if (!isUserError(error)) throw error;
      return await refused(`${error.message}.`, filter);
    }
    // Whatever ends this process, the decision is on record: the next one, or `openhouse start`, continues.
    const carrying = carryOutDecisions({ db, store, clock }, { wait: true }).catch((error: unknown) => {
      log.warn({ err: error, decisionId }, 'a decision about conflicts is not carried out yet');
    });
    const patience = new AbortController();
    await Promise.race([carrying, sleep(patienceMs, undefined, { signal: patience.signal }).catch(() => {})]);
    patience.abort();
    return await reply.redirect(`/conflicts/decisions/${decisionId}`, 303);
  });

  app.get('/conflicts/decisions/:id', async (request, reply) => {
    await migrateImport(db);
    const id = idSchema.safeParse(request.params).data?.id;
    const decision = id === undefined ? undefined : await decisionNumbered(db, id);
    if (decision === undefined) throw userError('there is no such decision', { code: 'decision-unknown' });
    return await reply
      .type('text/html')
      .send(
        render(
          'conflicts/decision',
          { title: 'Decision about several conflicts', path: '/conflicts' },
          { decision, fieldLabel },
        ),
      );
  });
};
