import { type BuildStatus, lagLimit, type Parked } from '../../projections/index.ts';
import { renderTable } from '../output/table.ts';
import { counted, number } from '../output/words.ts';

/** Whether a build needs a person's attention. */
export const needsAttention = ({ state, parked, error }: BuildStatus): boolean =>
  state !== 'retired' && state !== 'as-of' && (parked > 0 || error !== null);

export const listText = (builds: readonly BuildStatus[]): string => {
  const rows = builds.map((build) => [
    build.name,
    String(build.version),
    build.schema,
    build.state,
    build.position === null ? '–' : String(build.position.commit),
    build.lagEvents === null ? '–' : `${build.lagEvents === lagLimit ? '≥ ' : ''}${number(build.lagEvents)}`,
    build.lagSeconds === null ? '–' : `${build.lagSeconds.toFixed(1)} s`,
    build.eventsPerSecond === null ? '–' : build.eventsPerSecond.toFixed(build.eventsPerSecond < 10 ? 1 : 0),
    number(build.parked),
    size(build.sizeBytes),
    build.holder ?? '–',
  ]);
  const head = [
    'projection',
    'version',
    'schema',
    'state',
    'position',
    'lag',
    'for',
    'events/s',
    'parked',
    'size',
    'fed by',
  ];
  return [renderTable(head, rows), ...notes(builds)].join('\n');
};

const notes = (builds: readonly BuildStatus[]): string[] => {
  const lines = builds.flatMap((build) => [
    ...(build.error === null ? [] : [`! ${build.schema} has stopped: ${build.error}`]),
    ...(build.state === 'live' && build.codeChanged
      ? [`! the code on disk differs from that of ${build.schema}: openhouse projections rebuild ${build.name}`]
      : []),
    ...(build.parked > 0 && needsAttention(build)
      ? [`! ${build.schema}: openhouse projections parked ${build.name}`]
      : []),
  ]);
  return lines.length === 0 ? [] : ['', ...lines];
};

export const parkedText = (parked: readonly Parked[]): string => {
  if (parked.length === 0) return 'Nothing is parked.';
  return parked
    .map(
      ({ schema, stream, revision, eventType, cause, message, following }) =>
        `${schema}: ${eventType} ${stream}@${revision} (${cause}): ${message}` +
        `${following > 0 ? `\n  ${counted(following, 'later event')} of the record ${following === 1 ? 'waits' : 'wait'} behind it` : ''}`,
    )
    .join('\n');
};

const size = (bytes: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = bytes;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
};
