import { sql } from 'kysely';
import { ifThere } from '../if-there.ts';
import { ago, type Condition, counted, type Look } from './condition.ts';

/** Lead matching looks every 15 seconds. */
const offerGraceMs = 45_000;

export const offersOverdue: Condition = {
  name: 'offers-overdue',
  label: 'Offers to agents have run out unanswered',
  severity: 'attention',
  detected: `Leads without an agent are on offer to one, and the offer ended more than ${offerGraceMs / 1_000} s ago.`,
  seenWithin: '45 s',
  whatToDo: 'The page of leads lists them: ask the agent, or assign the lead to another one.',
  href: '/leads',
  look: async ({ db, now }) => {
    const found = await db
      .selectFrom('read.leads')
      .select(({ fn }) => [fn.countAll<string>().as('count'), fn.min('offerExpiresAt').as('oldest')])
      .where('ownerMemberKey', 'is', null)
      .where('offerKey', 'is not', null)
      .where('offerExpiresAt', '<', new Date(now.getTime() - offerGraceMs))
      .executeTakeFirst();
    const count = Number(found?.count ?? 0);
    if (count === 0) return [];
    const since = found!.oldest!;
    const text = `${counted(count, 'offer')} to agents ran out unanswered, the oldest ${ago(now, since)} ago`;
    return [{ subject: 'offers', text, since }];
  },
};

export const searchesOnHold: Condition = {
  name: 'searches-on-hold',
  label: 'Saved searches are on hold',
  severity: 'attention',
  detected:
    'Active saved searches hold something that was not understood completely; their buyers get nothing for them.',
  seenWithin: 'at once',
  whatToDo:
    '`openhouse alerts run --json` lists them with their reasons (`onHold`), and so does the page of each lead. Correct the search, or confirm it, with `openhouse correct`.',
  href: null,
  look: async ({ db }) => {
    const found = await db
      .selectFrom('read.savedSearches')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where('onHoldYN', '=', true)
      .where('activeYN', '=', true)
      .executeTakeFirst();
    const count = Number(found?.count ?? 0);
    if (count === 0) return [];
    return [{ subject: 'saved searches', text: `${counted(count, 'saved search is', 'saved searches are')} on hold` }];
  },
};

export const importUnfinished: Condition = {
  name: 'import-unfinished',
  label: 'The last import did not finish',
  severity: 'attention',
  detected: 'The newest import failed, was interrupted, or its process ended without closing it.',
  seenWithin: 'at once',
  whatToDo: 'Run the same import again: it goes on from where it stopped.',
  href: '/',
  look: async ({ db }) => {
    const run = await db
      .selectFrom('ops.importRun')
      .select(['source', 'result', 'startedAt', 'finishedAt', 'problems'])
      .orderBy('importRunId', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (run === undefined || run.result === 'succeeded') return [];
    if (run.result === 'running' && (await isImporting(db))) return [];
    const [problem] = run.problems as { message?: string }[];
    const why = problem?.message === undefined ? '' : `: ${problem.message}`;
    const what =
      run.result === 'running'
        ? 'ended in the middle of it'
        : run.result === 'interrupted'
          ? 'was interrupted'
          : 'failed';
    return [{ subject: run.source, text: `The import of ${run.source} ${what}${why}`, since: run.finishedAt }];
  },
};

/** Whether a process holds the lease of imports. */
const isImporting = async (db: Look['db']): Promise<boolean> => {
  const { rows } = await ifThere(
    sql`select from ops.lease where name = 'import' and not ops.lease_is_free(lease)`.execute(db),
    { rows: [] },
  );
  return rows.length > 0;
};

export const quarantined: Condition = {
  name: 'quarantine',
  label: 'Imported documents are in quarantine',
  severity: 'note',
  detected: 'Imported documents could not become records and are kept whole, each with its reason.',
  seenWithin: 'at once',
  whatToDo: 'The page of quarantine shows each with its reason. Correct them in the old CRM and import again.',
  href: '/quarantine',
  look: async ({ db }) => {
    const found = await db
      .selectFrom('ops.quarantine')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where('resolvedAt', 'is', null)
      .executeTakeFirst();
    const count = Number(found?.count ?? 0);
    if (count === 0) return [];
    const text = `${counted(count, 'imported document')} could not become ${count === 1 ? 'a record' : 'records'}`;
    return [{ subject: 'documents', text }];
  },
};
