import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { longestReason } from '../../../../domain/metadata.ts';
import type { Warning } from '../../../../domain/values.ts';
import { formatField } from '../../../../history/format.ts';
import { mappingOnFile } from '../../../../importers/mappings/kept-mappings.ts';
import { loadMapping } from '../../../../importers/mappings/load-mapping.ts';
import { migrateImport } from '../../../../importers/migrations.ts';
import { adviceFor, unreadAdvice, warningAdvice } from '../../../../importers/quarantine/advice.ts';
import { dismissEntries } from '../../../../importers/quarantine/dismiss-entries.ts';
import { editEntry } from '../../../../importers/quarantine/edit-entry.ts';
import type { Outcome } from '../../../../importers/quarantine/outcome.ts';
import { readRemoval, readTyped } from '../../../../importers/quarantine/read-change.ts';
import { refusedOriginal } from '../../../../importers/quarantine/refused.ts';
import { retryEntries } from '../../../../importers/quarantine/retry-entries.ts';
import { valueAtFault } from '../../../../importers/quarantine/value-at-fault.ts';
import { fieldLabel, recordIn } from '../../../../importers/reporting/collection-labels.ts';
import type { Change } from '../../../../importers/staging/edits/changes.ts';
import { isUserError, userError } from '../../../../platform/errors.ts';
import { readQuarantineEdits, readQuarantineEntry, shownDocument } from '../../../../queries/importing/quarantine.ts';
import type { Page } from '../../../deps.ts';
import { personContext } from '../../../forms/person.ts';
import { nothingChanged } from '../../nothing-changed.ts';

const idSchema = z.object({ id: z.string().regex(/^\d{1,18}$/) });
const querySchema = z.object({ done: z.enum(['edit', 'retry', 'dismiss']).optional().catch(undefined) });

/** One or several inputs of the same name. */
const texts = z.preprocess(
  (found) => (found === undefined ? [] : Array.isArray(found) ? found : [found]),
  z.array(z.string().max(100_000)).max(50),
);
const bodySchema = z.object({
  action: z.enum(['preview', 'edit', 'retry', 'dismiss']),
  because: z.string().trim().max(longestReason).default(''),
  contentHash: z.string().max(100).optional(),
  seenEdits: z.coerce.number().int().optional(),
  path: texts,
  value: texts,
});
type Body = z.infer<typeof bodySchema>;

/** How many values the form has at least. */
const formRows = 3;
/** How long a person waits while an import is running. */
const patienceMs = 30_000;

/** `/quarantine/:id`: an entry with its document and a form to correct it; `POST /quarantine/:id/actions`: what a person does with it. */
export const quarantineEntryPages = (app: FastifyInstance, { deps, render }: Page): void => {
  const { db, store, clock, config } = deps;
  const entryOf = async (params: unknown) => {
    const id = idSchema.safeParse(params).data?.id;
    const row = id === undefined ? null : await readQuarantineEntry(db, id);
    if (id === undefined || row === null)
      throw userError('there is no such document in quarantine', { code: 'entry-unknown' });
    if (!row.refusedYN) return { ...row, correctable: true };
    const original = await refusedOriginal(db, id);
    return {
      ...row,
      ...(original === undefined ? {} : shownDocument(original.raw())),
      correctable: original !== undefined,
    };
  };
  const mapping = async () =>
    config.mapping === undefined ? await mappingOnFile(db) : await loadMapping(config.mapping);

  const show = async (
    reply: FastifyReply,
    id: unknown,
    more: { done?: string | undefined; outcome?: Outcome; body?: Body } = {},
  ) => {
    const row = await entryOf(id);
    const edits = await readQuarantineEdits(db, row.quarantineId);
    const record = recordIn(row.collection);
    const given = (more.body?.path ?? []).map((path, index) => ({ path, value: more.body?.value[index] ?? '' }));
    const rows = given.filter(({ path }) => path !== '');
    if (rows.length === 0 && row.path !== '' && row.code !== 'id-twice' && !row.refusedYN)
      rows.push({ path: row.path, value: '' });
    while (rows.length < formRows) rows.push({ path: '', value: '' });
    return await reply.type('text/html').send(
      render(
        'quarantine-entry',
        { title: `Quarantine: entry ${row.quarantineId}`, path: '/quarantine' },
        {
          row,
          value: valueAtFault(row),
          edits,
          rows,
          because: more.body?.because ?? '',
          done: more.done,
          outcome: more.outcome,
          advice: row.correctable
            ? adviceFor(row, () => 'use the form below.')
            : 'Import the old CRM once more: then its original is kept, and can be corrected here.',
          record,
          shown: (name: string, value: unknown) =>
            record === undefined ? JSON.stringify(value) : formatField(record, name, value),
          meaning: (warning: Warning) => warningAdvice(record, warning),
          fieldLabel: (field: string) => fieldLabel(row.collection, field),
          unread: more.outcome && unreadAdvice(more.outcome, (field) => fieldLabel(row.collection, field)),
          mayCorrect: row.correctable && (row.resolvedAt === null || edits.some(({ droppedAt }) => droppedAt === null)),
        },
      ),
    );
  };

  app.get('/quarantine/:id', async (request, reply) => show(reply, request.params, querySchema.parse(request.query)));

  app.post('/quarantine/:id/actions', async (request, reply) => {
    const row = await entryOf(request.params);
    const page = `/quarantine/${row.quarantineId}`;
    const refused = (message: string) =>
      nothingChanged(
        reply,
        render,
        { path: '/quarantine', back: { href: page, name: 'Back to the document' } },
        message,
      );
    const parsed = bodySchema.safeParse(request.body);
    if (!parsed.success) return await refused('Choose what to do, and fill in the form.');
    const body = parsed.data;
    const { action, because } = body;
    if (because === '' && (action === 'edit' || action === 'dismiss'))
      return await refused('Give the reason: it is kept with the document.');
    const { actor } = personContext(request, clock);
    const signal = AbortSignal.timeout(patienceMs);
    const importing = { db, store, clock };
    try {
      await migrateImport(db);
      if (action === 'dismiss')
        await dismissEntries(db, [row.quarantineId], {
          by: actor.id,
          because,
          now: clock.now(),
          contentHash: body.contentHash,
        });
      else if (action === 'retry')
        await retryEntries(importing, { ids: [row.quarantineId] }, { mapping: await mapping(), signal });
      else {
        const changes = changesIn(body);
        if (typeof changes === 'string') return await refused(changes);
        const { contentHash, seenEdits } = body;
        const edit = { quarantineId: row.quarantineId, changes, by: actor.id, because, contentHash, seenEdits };
        const dryRun = action === 'preview';
        const outcome = await editEntry(importing, edit, { mapping: await mapping(), signal, dryRun });
        if (dryRun) return await show(reply, request.params, { outcome, body });
      }
    } catch (error) {
      if (signal.aborted) return await refused('An import is running. Try again when it has finished.');
      if (!isUserError(error)) throw error;
      return await refused(`${error.message}. ${error.hint ?? ''}`.trim());
    }
    return await reply.redirect(`${page}?done=${action}`, 303);
  });
};

/** The changes that a form asks for, or what is wrong with it. An empty value removes what is there. */
const changesIn = ({ path, value }: Body): readonly Change[] | string => {
  const changes: Change[] = [];
  for (const [index, given] of path.entries()) {
    if (given.trim() === '') continue;
    const removal = readRemoval(given);
    if ('problem' in removal) return `${removal.problem}.`;
    const text = value[index] ?? '';
    changes.push(text === '' ? removal : { path: removal.path, value: readTyped(text) });
  }
  return changes.length === 0 ? 'Name at least one field and its new value.' : changes;
};
