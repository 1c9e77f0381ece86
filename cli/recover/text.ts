import { formatTime } from '../../platform/wording/shown-time.ts';
import { fits, type Inspection } from '../../recovery/inspect.ts';
import type { Recovered } from '../../recovery/recover.ts';
import { counted } from '../output/words.ts';

/** What `openhouse recover` found. */
export function inspectionText(inspection: Inspection, timeZone: string): string {
  const time = (at: Date) => formatTime(at.toISOString(), timeZone);
  const { readModels, alerts, checked, noted, imports, unexplained, storeEnd, history, timesAhead } = inspection;
  const end = storeEnd === null ? 'The event store is empty.' : `The event store ends at position ${storeEnd}.`;
  const lines = [
    ...readModels.map(
      ({ build, fit }) =>
        `✖ The read model ${build.name} (${build.state}) ${fit === 'beyond' ? `goes up to position ${build.position?.commit}` : 'was made from different events'}: it will be rebuilt.`,
    ),
    ...(alerts === null
      ? []
      : [`✖ The alerts had reached position ${alerts.mark.position}, which no longer exists: they will look again.`]),
    ...(checked === null
      ? []
      : [
          `✖ Events were checked up to position ${checked.mark.position}, which no longer exists: it will be checked again.`,
        ]),
    ...(noted === null
      ? []
      : [
          `✖ What is to be written to the old CRM was noted up to position ${noted.mark.position}, which no longer exists: it will be noted again.`,
        ]),
    ...imports.map(
      ({ startedAt, events, position }) =>
        `✖ The import of ${time(startedAt)} (${counted(events, 'event')}, up to position ${position}) is no longer there: the next import will append it again.`,
    ),
    ...(unexplained === null
      ? []
      : [
          `✖ Position ${unexplained.position} (${unexplained.stream}) was appended on ${time(unexplained.recordedAt)} by a run that this database does not know: the database is older than the event store. What was recorded until now will be held back as history.`,
        ]),
  ];
  return [
    end,
    ...(fits(inspection) ? ['✔ Everything in the database matches it.'] : lines),
    ...historyLines(history),
    ...timesAhead.map(
      ({ column, rows, furthest }) =>
        `! ${column}: ${counted(rows, 'time is', 'times are')} in the future (up to ${time(furthest)}) and ignored. A clock was wrong.`,
    ),
    ...(fits(inspection) ? [] : ['', 'Nothing was changed. `openhouse recover --apply` repairs it.']),
  ].join('\n');
}

function historyLines({ matches, leads, until }: Inspection['history']): string[] {
  if (matches + leads === 0) return [];
  return [
    `! ${counted(matches, 'match', 'matches')} of homes and ${counted(leads, 'lead')} are held back as history: they were recorded (up to position ${until}) before this database was set up or restored, so it does not know what was already sent. \`openhouse recover --release-history --because …\` sends them.`,
  ];
}

/** What `openhouse recover --apply` did. */
export function recoveredText(recovered: Recovered): string {
  const { before, rebuilt, recordsToApply, alertsFrom, historyUntil, messagesToLookUp } = recovered;
  const lines = [
    ...(rebuilt.length === 0 ? [] : [`Rebuilt: ${rebuilt.join(', ')}.`]),
    ...(recordsToApply === 0 ? [] : [`The next import will apply ${counted(recordsToApply, 'record')} again.`]),
    ...(alertsFrom === null ? [] : [`The alerts continue from position ${alertsFrom}.`]),
    ...(historyUntil === null
      ? []
      : [`Everything recorded up to position ${historyUntil} is held back as history until you release it.`]),
    ...(messagesToLookUp === 0
      ? []
      : [`${counted(messagesToLookUp, 'message')} will be looked up at the provider before being sent.`]),
  ];
  if (lines.length === 0) return 'Everything matches, so there was nothing to repair.';
  const next = before.imports.length > 0 ? ['', 'Next: `openhouse import` the newest dump, then start again.'] : [];
  return [...lines, ...next].join('\n');
}
