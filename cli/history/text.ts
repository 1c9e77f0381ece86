import { styleText } from 'node:util';
import type { RecordName } from '../../domain/catalogue/field.ts';
import { eventLabel, labelOf } from '../../domain/record-fields.ts';
import { atOnce, formatActor, formatField, formatSentences, formatTime } from '../../history/format.ts';
import { formatSource } from '../../history/format-source.ts';
import { isInternal } from '../../history/keys-shown.ts';
import type { HistoryEntry } from '../../history/read-history.ts';
import { aggregateOf } from '../../history/record-types.ts';
import type { StateAt } from '../../history/state-at.ts';
import { counted } from '../output/words.ts';

/** The width of the output, and whether to use colours. */
export type Style = {
  readonly width: number;
  readonly colours: boolean;
  /** The names of records by key; a record without one is shown by its key. */
  readonly names?: ReadonlyMap<string, string>;
};

export const terminalStyle = (stream: NodeJS.WriteStream): Style => ({
  width: Math.max(60, Math.min(stream.columns ?? 120, 160)),
  colours: stream.isTTY === true && !process.env.NO_COLOR,
});

const paint = ({ colours }: Style, style: Parameters<typeof styleText>[0], text: string) =>
  colours ? styleText(style, text) : text;

/** A record's events in order, each with who, when, from where, why, and the fields it changed. */
export const historyText = (
  record: { title: string | null; slug: string; key: string },
  entries: readonly HistoryEntry[],
  timeZone: string,
  style: Style,
): string => {
  const head = `${paint(style, 'bold', record.title ?? record.key)}\n${nameIn(record)}, ${counted(entries.length, 'event')}`;
  const aggregate = aggregateOf(record.slug)!;
  return [head, ...entries.map((entry) => entryText(aggregate, entry, timeZone, style))].join('\n\n');
};

/** `lead`, or the whole key if it has no title. */
const nameIn = ({ slug, key, title }: { slug: string; key: string; title: string | null }): string =>
  title === null ? `${slug} ${key}` : slug.replace('-', ' ');

const entryText = (aggregate: RecordName, entry: HistoryEntry, timeZone: string, style: Style): string => {
  const market = entry.changeType === null ? '' : ` (${entry.changeType})`;
  const recorded = formatTime(entry.modificationTimestamp, timeZone);
  const lines = [`${paint(style, 'bold', `#${entry.revision}  ${eventLabel(entry.eventType)}`)}${market}  ${recorded}`];
  if (entry.unreadable !== null) lines.push(`    ${paint(style, 'red', `cannot be read: ${entry.unreadable}`)}`);
  else {
    const occurred = entry.occurredAt!;
    const when = entry.occurredAtEstimated
      ? ', happened some time before'
      : atOnce(entry.modificationTimestamp, occurred)
        ? ''
        : `, happened ${formatTime(occurred, timeZone)}`;
    lines.push(paint(style, 'dim', `    by ${formatActor(entry.actor)}, from ${formatSource(entry.source)}${when}`));
  }
  if (entry.reason !== null) lines.push(`    because: ${entry.reason}`);
  const label = (fieldName: string) => labelOf(aggregate, fieldName);
  const shown = { timeZone, ...style };
  const value = (fieldName: string, value: unknown) => formatField(aggregate, fieldName, value, shown);
  const changes = entry.changes.filter(({ fieldName }) => !isInternal(aggregate, fieldName));
  const width = Math.max(0, ...changes.map(({ fieldName }) => label(fieldName).length));
  for (const { fieldName, previousValue, newValue, source } of changes) {
    const after = value(fieldName, newValue);
    const sentences = formatSentences(aggregate, newValue, shown);
    if (sentences !== undefined) {
      // Sentences are shown whole, each on its own line.
      lines.push(
        ...sentences.map((text, index) => `    ${(index === 0 ? label(fieldName) : '').padEnd(width)}  ${text}`),
      );
      continue;
    }
    const from = source === undefined ? '' : `  (from ${formatSource(source)})`;
    const room = Math.max(style.width - width - 6 - from.length, 20);
    const change =
      previousValue === null
        ? shortened(after, room)
        : `${shortened(value(fieldName, previousValue), (room - 3) / 2)} → ${shortened(after, (room - 3) / 2)}`;
    lines.push(`    ${label(fieldName).padEnd(width)}  ${change}${paint(style, 'dim', from)}`);
  }
  for (const [name, detail] of Object.entries(entry.details)) {
    if (isInternal(aggregate, name)) continue;
    const sentences = formatSentences(aggregate, detail, shown);
    const text = sentences?.join(' ') ?? shortened(value(name, detail), style.width - label(name).length - 8);
    lines.push(paint(style, 'dim', `    (${label(name)}: ${text})`));
  }
  return lines.join('\n');
};

/** A record as it was at a moment: every field that had a value. */
export const stateText = (
  record: { slug: string; key: string; title: string | null },
  moment: { at: Date; by: string },
  state: StateAt,
  timeZone: string,
  style: Style,
): string => {
  const when = `${formatTime(moment.at.toISOString(), timeZone)}${moment.by === 'occurred' ? ', by when events occurred' : ''}`;
  if (!state.known) return `${record.slug} ${record.key} did not exist yet at ${when}.`;
  const head = `${paint(style, 'bold', record.title ?? record.key)}\n${nameIn(record)} as it was at ${when}`;
  const last = `after #${state.last!.revision} ${eventLabel(state.last!.eventType)}, ${state.events} of ${counted(state.eventsInAll, 'event')}`;
  return `${head}\n${paint(style, 'dim', last)}\n\n${fieldsText(aggregateOf(record.slug)!, state, timeZone, style)}`;
};

const fieldsText = (
  aggregate: RecordName,
  { fields, sources }: Pick<StateAt, 'fields' | 'sources'>,
  timeZone: string,
  style: Style,
): string => {
  // When all values have the same source, do not repeat it on each line.
  const several = new Set(Object.values(sources)).size > 1;
  const shown = Object.entries(fields).filter(([name]) => !isInternal(aggregate, name));
  const lines = shown.map(([name, value]) => ({
    label: labelOf(aggregate, name),
    sentences: formatSentences(aggregate, value, { timeZone, ...style }),
    text: formatField(aggregate, name, value, { timeZone, ...style }),
    from: several && sources[name] !== undefined ? `  (from ${formatSource(sources[name])})` : '',
  }));
  const width = Math.max(...lines.map(({ label }) => label.length));
  return lines
    .map(({ label, text, from, sentences }) => {
      if (sentences !== undefined) return `  ${label.padEnd(width)}  ${sentences.join(`\n  ${' '.repeat(width)}  `)}`;
      const shown = shortened(text, Math.max(style.width - width - 4 - from.length, 20));
      return `  ${label.padEnd(width)}  ${shown}${paint(style, 'dim', from)}`;
    })
    .join('\n');
};

const shortened = (text: string, width: number) =>
  text.length <= width ? text : `${text.slice(0, Math.max(1, Math.floor(width) - 1))}…`;
