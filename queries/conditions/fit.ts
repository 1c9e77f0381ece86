import { findUnexplained } from '../../eventstore/explained.ts';
import { fitOf } from '../../eventstore/mark.ts';
import { importMarks } from '../../importers/ledger-marks.ts';
import { timesAhead } from '../../recovery/times-ahead.ts';
import { alertMark } from '../../schedulers/alerts/match-changes.ts';
import { ifThere } from '../if-there.ts';
import { type Condition, counted, type Finding } from './condition.ts';

export const aheadOfStore: Condition = {
  name: 'database-ahead-of-store',
  label: 'The database knows events that the event store does not have',
  severity: 'broken',
  detected:
    'What a read model, the alerts or an import has come to lies after the end of the event store, or another event stands there: an older backup of it was restored, or it is another one.',
  seenWithin: 'at once',
  whatToDo:
    'Check EVENTSTORE_URL, and restore a newer backup of the event store if there is one. If it is the right one, `openhouse recover` shows what no longer fits, and puts it right with --apply.',
  href: null,
  needsEventStore: true,
  look: async ({ connection, store, builds }) => {
    const cursor = await ifThere(alertMark(connection), null);
    const [imported] = await ifThere(importMarks(connection, 1), []);
    const marks = [
      ...builds
        .filter(({ state, position }) => state === 'live' && position !== null)
        .map(({ name, position }) => ({
          name: `the read model ${name}`,
          mark: { position: position!.commit, event: null },
        })),
      ...(cursor === null ? [] : [{ name: 'the alerts', mark: cursor }]),
      ...(imported === undefined ? [] : [{ name: 'the newest import', mark: imported }]),
    ];
    const findings: Finding[] = [];
    for (const { name, mark } of marks) {
      const fit = await fitOf(store, mark);
      if (fit === 'fits') continue;
      const end = (await store.lastPosition())?.commit ?? 'none';
      const why = fit === 'beyond' ? `and the event store ends at ${end}` : 'where the event store has another event';
      findings.push({ subject: name, text: `Position ${mark.position} was reached by ${name}, ${why}` });
    }
    return findings;
  },
};

/** So many events are looked at each time; the jobs look at the rest. */
const eventsAtMost = 20_000;

export const databaseOlder: Condition = {
  name: 'database-older-than-store',
  label: 'The database has forgotten what was done',
  severity: 'broken',
  detected:
    'The event store has events that only a run of this database can have appended (an import, lead matching), and that run is not on record: PostgreSQL was restored from an older backup, or another database uses the event store.',
  seenWithin: 'at once',
  whatToDo:
    'Check DATABASE_URL, and restore a newer backup of PostgreSQL if there is one. If it is the right one, `openhouse recover` shows what that means, and puts it right with --apply. Until then nothing is imported, offered or sent.',
  href: null,
  needsEventStore: true,
  look: async ({ connection, store }) => {
    const unexplained = await ifThere(findUnexplained(connection, store, eventsAtMost), null);
    if (unexplained === null) return [];
    const { event, by } = unexplained;
    return [
      {
        subject: by,
        text: `The ${by} that appended position ${event.position.commit} (${event.streamName}) is not on record in this database`,
        since: event.created,
      },
    ];
  },
};

export const timeAhead: Condition = {
  name: 'time-ahead',
  label: 'A time lies in the future',
  severity: 'attention',
  detected:
    'A time on record (of a run, a message, a match, what was told) has not come yet, though it says when something happened. Such a time is ignored when it is decided what is due.',
  seenWithin: 'at once',
  whatToDo:
    'A clock was wrong when it was written. Set the clock; then correct the rows, e.g. `delete from ops.job_run where scheduled_for > now()`, or leave them: they are ignored until their time has come.',
  href: null,
  look: async ({ connection }) =>
    (await timesAhead(connection)).map(({ column, rows, furthest }) => ({
      subject: column,
      text: `${counted(rows, 'time')} in ${column} ${rows === 1 ? 'has' : 'have'} not come yet, up to ${furthest.toISOString()}`,
    })),
};
