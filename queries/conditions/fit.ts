import { explainedMark, findUnexplained } from '../../eventstore/positions/explained.ts';
import { fitOf, type Mark } from '../../eventstore/positions/mark.ts';
import { importMarks } from '../../importers/ledger/ledger-marks.ts';
import { ownChangesMark } from '../../importers/owned/writing/note-own-changes.ts';
import { formatTime } from '../../platform/wording/shown-time.ts';
import { counted } from '../../platform/wording/words.ts';
import { timesAhead } from '../../recovery/times-ahead.ts';
import { alertMark } from '../../schedulers/alert-cursor.ts';
import { ifThere } from '../if-there.ts';
import type { Condition, Finding } from './condition.ts';

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export const aheadOfStore: Condition = {
  name: 'database-ahead-of-store',
  label: 'The database has seen events that the event store does not have',
  severity: 'broken',
  detected:
    'The position of a read model, the alerts, an import or write-back is beyond the end of the event store, or a different event is there: an older backup was restored, or it is a different event store.',
  seenWithin: 'at once',
  whatToDo:
    'Check EVENTSTORE_URL, and restore a newer backup of the event store if there is one. If it is the right event store, `openhouse recover` shows what no longer matches, and --apply repairs it.',
  href: null,
  needsEventStore: true,
  look: async ({ connection, store, builds }) => {
    const cursor = await ifThere(alertMark(connection), null);
    const [imported] = await ifThere(importMarks(connection, 1), []);
    const checked = await ifThere(explainedMark(connection), null);
    const noted = await ifThere(ownChangesMark(connection), null);
    const marks = [
      ...builds
        .filter(({ state, position }) => state === 'live' && position !== null)
        .map(({ name, position }) => ({
          name: `the read model ${name}`,
          mark: { position: position!.commit, event: null },
        })),
      ...(cursor === null ? [] : [{ name: 'the alerts', mark: cursor }]),
      ...(imported === undefined ? [] : [{ name: 'the newest import', mark: imported }]),
      ...(checked === null ? [] : [{ name: 'the last check of its events', mark: checked }]),
      ...(noted === null ? [] : [{ name: 'what is to be written to the old CRM', mark: noted }]),
    ];
    const findings: Finding[] = [];
    for (const { name, mark } of marks) {
      const fit = await fitOf(store, mark);
      if (fit === 'fits') continue;
      const end = (await store.lastPosition())?.commit ?? 'none';
      const why =
        fit === 'beyond' ? `but the event store ends at ${end}` : 'where the event store has a different event';
      findings.push({ subject: name, text: `${capitalised(name)} had reached position ${mark.position}, ${why}` });
    }
    return findings;
  },
};

/** How many events are checked each time; the jobs check the rest. */
const eventsAtMost = 20_000;
const beforeAll: Mark = { position: -1n, event: null };

export const databaseOlder: Condition = {
  name: 'database-older-than-store',
  label: 'The database is older than the event store',
  severity: 'broken',
  detected:
    'The event store has events from a run (an import, lead matching) that this database has no record of: PostgreSQL was restored from an older backup, or another database uses the event store.',
  seenWithin: 'at once',
  whatToDo:
    'Check DATABASE_URL, and restore a newer backup of PostgreSQL if there is one. If it is the right database, `openhouse recover` shows the consequences, and --apply repairs it. Until then nothing is imported, offered or sent.',
  href: null,
  needsEventStore: true,
  look: async ({ connection, store }) => {
    // A different event store is a separate condition.
    if ((await fitOf(store, await ifThere(explainedMark(connection), beforeAll))) !== 'fits') return [];
    const unexplained = await ifThere(findUnexplained(connection, store, eventsAtMost), null);
    if (unexplained === null) return [];
    const { event, by } = unexplained;
    return [
      {
        subject: by,
        text: `This database has no record of the ${by} that appended position ${event.position.commit} (${event.streamName})`,
        since: event.created,
      },
    ];
  },
};

export const timeAhead: Condition = {
  name: 'time-ahead',
  label: 'A time is in the future',
  severity: 'attention',
  detected:
    'A recorded time (of a run, a message, a match, what was sent) is in the future, although it says when something happened. Such times are ignored when deciding what is due.',
  seenWithin: 'at once',
  whatToDo:
    'A clock was wrong when it was recorded. Correct the clock. You can then correct the rows, e.g. `delete from ops.job_run where scheduled_for > now()`, or leave them: they are ignored until that time.',
  href: null,
  look: async ({ connection, timeZone }) =>
    (await timesAhead(connection)).map(({ column, rows, furthest }) => ({
      subject: column,
      text: `${counted(rows, 'time')} in ${column} ${rows === 1 ? 'is' : 'are'} in the future, up to ${formatTime(furthest.toISOString(), timeZone)}`,
    })),
};
