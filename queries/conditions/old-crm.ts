import { holderOf } from '../../platform/lease/lease.ts';
import { ago } from '../../platform/wording/shown-time.ts';
import { counted } from '../../platform/wording/words.ts';
import { writeBackPatienceMs } from '../importing/misfits.ts';
import type { Condition } from './condition.ts';

export const conflictsOpen: Condition = {
  name: 'legacy-conflicts',
  label: 'Edits in the old CRM wait for a decision',
  severity: 'attention',
  detected:
    'A record that openhouse owns was changed in the old CRM. The change is not applied, and nothing of that record is written back until someone decides.',
  seenWithin: 'at once',
  whatToDo:
    'The Conflicts page and `openhouse conflicts list` show them, with both sides of each. Accept or refuse them there, one by one or in groups, or with `openhouse conflicts accept` and `openhouse conflicts refuse`.',
  href: '/conflicts',
  look: async ({ db, now }) => {
    const found = await db
      .selectFrom('ops.legacyConflict')
      .select(({ fn }) => [fn.countAll<string>().as('count'), fn.min('firstSeenAt').as('oldest')])
      .where('resolvedAt', 'is', null)
      .executeTakeFirst();
    const count = Number(found?.count ?? 0);
    if (count === 0) return [];
    const since = found!.oldest!;
    const text = `${counted(count, 'edit')} in the old CRM ${count === 1 ? 'waits' : 'wait'} for a decision, the oldest for ${ago(now, since)}`;
    return [{ subject: 'conflicts', text, since }];
  },
};

const decisionPatienceMs = 2 * 60_000;

export const decisionWaiting: Condition = {
  name: 'conflict-decision-waiting',
  label: 'A decision about several conflicts is not carried out',
  severity: 'attention',
  detected: `Someone decided about several conflicts more than ${decisionPatienceMs / 60_000} minutes ago, not all of them are decided, and the process that was carrying out the decision has ended.`,
  seenWithin: 'at once',
  whatToDo:
    '`openhouse start` completes it within a minute, and so does the next `openhouse conflicts accept` or `refuse`, in the name of the person who decided. If that does not help, `openhouse jobs` shows why writing back fails.',
  href: '/conflicts',
  look: async ({ db, now }) => {
    const found = await db
      .selectFrom('ops.conflictDecision as d')
      .select(({ selectFrom }) => [
        'd.askedAt',
        selectFrom('ops.legacyConflict as c')
          .select(({ fn }) => fn.countAll<string>().as('count'))
          .whereRef('c.decisionId', '=', 'd.decisionId')
          .where('c.resolvedAt', 'is', null)
          .as('left'),
      ])
      .where('d.finishedAt', 'is', null)
      .where('d.askedAt', '<', new Date(now.getTime() - decisionPatienceMs))
      .orderBy('d.decisionId')
      .execute();
    if (found.length === 0 || (await holderOf(db, 'conflict-decisions')) !== null) return [];
    const left = found.reduce((sum, one) => sum + Number(one.left ?? 0), 0);
    const text = `${counted(left, 'conflict')} of ${counted(found.length, 'decision')} not decided yet, the oldest for ${ago(now, found[0]!.askedAt)}`;
    return [{ subject: 'conflict-decisions', text, since: found[0]!.askedAt }];
  },
};

export const writeBackRefused: Condition = {
  name: 'write-back-refused',
  label: 'Changes could not be written back to the old CRM',
  severity: 'attention',
  detected: 'The old CRM refused a change, or a value cannot be expressed in its document. The change is not retried.',
  seenWithin: 'at once',
  whatToDo:
    '`openhouse write-back list` lists them with the reasons. Correct the mapping or the document, then `openhouse write-back retry`.',
  href: null,
  look: async ({ db }) => {
    const found = await db
      .selectFrom('ops.writeBack')
      .select(({ fn }) => [fn.countAll<string>().as('count'), fn.min('dueSince').as('oldest')])
      .where('state', '=', 'refused')
      .executeTakeFirst();
    const count = Number(found?.count ?? 0);
    if (count === 0) return [];
    const text = `${counted(count, 'record')} could not be written back to the old CRM`;
    return [{ subject: 'write-back', text, since: found!.oldest! }];
  },
};

export const writeBackBehind: Condition = {
  name: 'write-back-behind',
  label: 'Recent changes have not reached the old CRM',
  severity: 'attention',
  detected: `A changed record has been waiting to be written back for more than ${writeBackPatienceMs / 60_000} minutes.`,
  seenWithin: '5 min',
  whatToDo:
    '`openhouse write-back list` shows what is waiting and why, and `openhouse jobs` the last runs of write-back. The old CRM’s database may be unavailable. A record with an open conflict waits for its decision.',
  href: null,
  look: async ({ db, now }) => {
    const found = await db
      .selectFrom('ops.writeBack')
      .select(({ fn }) => [fn.countAll<string>().as('count'), fn.min('dueSince').as('oldest')])
      .where('state', '=', 'due')
      .where('dueSince', '<', new Date(now.getTime() - writeBackPatienceMs))
      .executeTakeFirst();
    const count = Number(found?.count ?? 0);
    if (count === 0) return [];
    const since = found!.oldest!;
    return [
      {
        subject: 'write-back',
        text: `${counted(count, 'record')} not written back, the oldest for ${ago(now, since)}`,
        since,
      },
    ];
  },
};
