import { ago } from '../../platform/shown-time.ts';
import { counted } from '../../platform/words.ts';
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
    'The Conflicts page and `openhouse conflicts list` show them, with both sides of each. Accept or refuse each there, or all that are alike together, or with `openhouse conflicts accept` and `openhouse conflicts refuse`.',
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

export const writeBackRefused: Condition = {
  name: 'write-back-refused',
  label: 'Changes could not be written back to the old CRM',
  severity: 'attention',
  detected: 'The old CRM refused a change, or its document has no way to express a value; it is not retried.',
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
    '`openhouse write-back list` shows what waits and why, and `openhouse jobs` the last runs of write-back: the old database may be unavailable. A record with an open conflict waits for its decision.',
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
