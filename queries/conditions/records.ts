import { sql } from 'kysely';
import { stopInForce } from '../../importers/quarantine-limit.ts';
import { collectionLabel } from '../../importers/reporting/collection-labels.ts';
import { ago } from '../../platform/wording/shown-time.ts';
import { counted } from '../../platform/wording/words.ts';
import { isHeldRow } from '../../projections/saved-searches/active-search.ts';
import { policyProblems } from '../../schedulers/lead-offers/policy/policy-problems.ts';
import { readPolicyMembers } from '../agents/policy-members.ts';
import { ifThere } from '../if-there.ts';
import type { Condition, Look } from './condition.ts';

/** Lead matching runs every 15 seconds. */
const offerGraceMs = 45_000;

export const offersOverdue: Condition = {
  name: 'offers-overdue',
  label: 'Offers to agents have expired unanswered',
  severity: 'attention',
  detected: `Leads without an agent were offered to one, and the offer expired more than ${offerGraceMs / 1_000} s ago.`,
  seenWithin: '45 s',
  whatToDo: 'The Offers page lists them. Ask the agent, or assign the lead to another one.',
  href: '/offers?overdue=yes',
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
    const text = `${counted(count, 'offer')} to agents expired unanswered, the oldest ${ago(now, since)} ago`;
    return [{ subject: 'offers', text, since }];
  },
};

export const policyUnworkable: Condition = {
  name: 'policy-unworkable',
  label: 'The routing policy depends on someone who cannot take leads',
  severity: 'attention',
  detected:
    'The policy in force offers leads to, or ends its chain with, a person who has left, is unknown or takes no leads; or no one has the role at the end of its chain.',
  seenWithin: 'at once',
  whatToDo:
    '`openhouse policy show` prints the policy. Name someone else, and publish it with `openhouse policy publish`; or give someone the role with `openhouse correct agent <name> roles="agent, broker"`. If the old CRM has other words for roles, the mapping can say what they mean: `roles: { from: …, words: { … } }`.',
  href: '/leads',
  needsEventStore: true,
  look: async ({ connection, store }) =>
    (await policyProblems(store, await readPolicyMembers(connection))).map(({ path, rule, message }) => ({
      subject: path,
      text: `${rule === null ? 'The policy for leads' : `The rule “${rule}” for leads${stepOf(path)}`}: ${message}`,
    })),
};

/** A rule's steps are numbered from 1. */
const stepOf = (path: string): string => {
  const step = /\.chain\.(\d+)\b/.exec(path)?.[1];
  return step === undefined ? '' : `, step ${Number(step) + 1}`;
};

export const searchesOnHold: Condition = {
  name: 'searches-on-hold',
  label: 'Saved searches are on hold',
  severity: 'attention',
  detected: 'Active saved searches contain something that could not be fully understood; nothing is sent for them.',
  seenWithin: 'at once',
  whatToDo:
    'The Saved searches on hold page and `openhouse alerts on-hold` list them with the reasons. Correct each with `openhouse correct saved-search`.',
  href: '/on-hold',
  look: async ({ db }) => {
    const found = await db
      .selectFrom('read.savedSearches')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where(isHeldRow)
      .executeTakeFirst();
    const count = Number(found?.count ?? 0);
    if (count === 0) return [];
    return [
      {
        subject: 'saved searches',
        text: `${counted(count, 'active saved search is', 'active saved searches are')} on hold`,
      },
    ];
  },
};

export const importUnfinished: Condition = {
  name: 'import-unfinished',
  label: 'The last import did not finish',
  severity: 'attention',
  detected: 'The latest import failed, was interrupted, or its process died.',
  seenWithin: 'at once',
  whatToDo:
    'Run the same import again: it resumes where it stopped. Following a live MongoDB does so by itself, within a minute.',
  href: '/',
  look: async ({ db, connection, quarantineLimit }) => {
    const run = await db
      .selectFrom('ops.importRun')
      .select(['source', 'result', 'startedAt', 'finishedAt', 'problems', 'stopped'])
      .orderBy('importRunId', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (run === undefined || run.result === 'succeeded') return [];
    if (run.result === 'running' && (await isImporting(db))) return [];
    // What to do then is said once, by `import-stopped`.
    if (run.stopped !== null && (await stopInForce(connection, quarantineLimit)) !== undefined) return [];
    const [problem] = run.problems as { message?: string }[];
    const why = problem?.message === undefined ? '' : `: ${problem.message}`;
    const what =
      run.result === 'running'
        ? 'stopped before it finished'
        : run.result === 'interrupted'
          ? 'was interrupted'
          : 'failed';
    return [{ subject: run.source, text: `The import of ${run.source} ${what}${why}`, since: run.finishedAt }];
  },
};

/** Whether a process holds the import lease. */
const isImporting = async (db: Look['db']): Promise<boolean> => {
  const { rows } = await ifThere(
    sql`select from ops.lease where name = 'import' and not ops.lease_is_free(lease)`.execute(db),
    { rows: [] },
  );
  return rows.length > 0;
};

export const importStopped: Condition = {
  name: 'import-stopped',
  label: 'Imports have stopped: too much goes into quarantine',
  severity: 'broken',
  detected:
    'An import stopped because more than OPENHOUSE_QUARANTINE_PERCENT (20) of the documents of a collection, and at least OPENHOUSE_QUARANTINE_LEAST (50), went into quarantine, and no one has accepted or repaired them. What was read is kept, and nothing is applied.',
  seenWithin: 'at once',
  whatToDo:
    'Look at the reasons on the Quarantine page. Usually the old CRM or the mapping has changed: correct the mapping and import again. If they are meant to stay in quarantine, `openhouse import accept-quarantine` lets imports continue.',
  href: '/quarantine',
  look: async ({ connection, quarantineLimit }) => {
    const stop = await ifThere(stopInForce(connection, quarantineLimit), undefined);
    return (stop?.collections ?? []).map(({ collection, read, quarantined }) => ({
      subject: collection,
      text: `The import of ${stop!.source} stopped: ${quarantined.toLocaleString('en-US')} of ${counted(read, 'document')} of “${collectionLabel(collection)}” are in quarantine`,
      since: stop!.since,
    }));
  },
};

export const quarantined: Condition = {
  name: 'quarantine',
  label: 'Imported documents are in quarantine',
  severity: 'note',
  detected: 'Imported documents that could not become records are kept whole, each with the reason.',
  seenWithin: 'at once',
  whatToDo:
    'The Quarantine page and `openhouse quarantine list` show each with its reason. Correct them there (`openhouse quarantine edit`) or in the old CRM, or dismiss them.',
  href: '/quarantine',
  look: async ({ db }) => {
    const found = await db
      .selectFrom('ops.quarantine')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where('resolvedAt', 'is', null)
      .where('dismissedAt', 'is', null)
      .executeTakeFirst();
    const count = Number(found?.count ?? 0);
    if (count === 0) return [];
    const text = `${counted(count, 'imported document')} could not become ${count === 1 ? 'a record' : 'records'}`;
    return [{ subject: 'documents', text }];
  },
};
