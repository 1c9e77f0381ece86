import { fits, type Inspection } from '../../recovery/inspect.ts';
import type { Recovered } from '../../recovery/recover.ts';
import { counted, number } from '../words.ts';

/** What `openhouse recover` found. */
export function inspectionText(inspection: Inspection): string {
  const { readModels, alerts, imports, unexplained, storeEnd, history, timesAhead } = inspection;
  const end = `The event store ends at position ${storeEnd ?? 'none'}.`;
  const lines = [
    ...readModels.map(
      ({ build, fit }) =>
        `✖ The read model ${build.name} (${build.state}) ${fit === 'beyond' ? `goes up to position ${build.position?.commit}` : 'was made from other events'}: it is rebuilt.`,
    ),
    ...(alerts === null
      ? []
      : [
          `✖ The alerts have looked at position ${alerts.mark.position}, which is not there any more: they look again.`,
        ]),
    ...imports.map(
      ({ startedAt, events, position }) =>
        `✖ The import of ${startedAt.toISOString()} (${counted(events, 'event')}, up to position ${position}) is not there any more: what is gone is imported again.`,
    ),
    ...(unexplained === null
      ? []
      : [
          `✖ Position ${unexplained.position} (${unexplained.stream}) was appended on ${unexplained.recordedAt.toISOString()} by a run of which this database knows nothing: the database is older than the event store. What was recorded until now is held.`,
        ]),
  ];
  return [
    end,
    ...(fits(inspection) ? ['✔ Everything in the database fits to it.'] : lines),
    ...historyLines(history),
    ...timesAhead.map(
      ({ column, rows, furthest }) =>
        `! ${column}: ${counted(rows, 'time lies', 'times lie')} ahead (up to ${furthest.toISOString()}) and ${rows === 1 ? 'is' : 'are'} ignored. A clock was wrong.`,
    ),
    ...(fits(inspection) ? [] : ['', 'Nothing was changed. `openhouse recover --apply` puts it right.']),
  ].join('\n');
}

function historyLines({ matches, leads, until }: Inspection['history']): string[] {
  if (matches + leads === 0) return [];
  return [
    `! ${counted(matches, 'match', 'matches')} of homes and ${counted(leads, 'lead')} wait: they were recorded (up to position ${until}) before this database was set up or restored, and only the one before it knew whom they were told to. \`openhouse recover --release-history --because …\` lets them go out.`,
  ];
}

/** What `openhouse recover --apply` did. */
export function recoveredText(recovered: Recovered): string {
  const { before, rebuilt, recordsToApply, alertsFrom, historyUntil, messagesToLookUp } = recovered;
  const lines = [
    ...(rebuilt.length === 0 ? [] : [`Rebuilt: ${rebuilt.join(', ')}.`]),
    ...(recordsToApply === 0 ? [] : [`${counted(recordsToApply, 'record')} to be applied again by the next import.`]),
    ...(alertsFrom === null ? [] : [`The alerts look on from position ${alertsFrom}.`]),
    ...(historyUntil === null
      ? []
      : [`What was recorded up to position ${historyUntil} waits until a person releases it.`]),
    ...(messagesToLookUp === 0 ? [] : [`${number(messagesToLookUp)} messages are looked up before they are sent.`]),
  ];
  if (lines.length === 0) return 'Everything fits: there was nothing to put right.';
  const next = before.imports.length > 0 ? ['', 'Next: `openhouse import` the newest dump, then start again.'] : [];
  return [...lines, ...next].join('\n');
}
