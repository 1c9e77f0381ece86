import { warningMeaning } from '../../domain/warning-codes.ts';
import type { CollectionCounts, ImportSummary } from '../../importers/dump/import-dump.ts';
import { quarantineLabel } from '../../importers/legacy/quarantine-codes.ts';
import { collectionLabel, fieldLabel } from '../../importers/reporting/collection-labels.ts';
import { holdReasonWords } from '../../schedulers/alerts/searches/hold-words.ts';
import { number } from '../output/words.ts';

type CountsByCode = ImportSummary['warnings'];

const columns = ['read', 'applied', 'unchanged', 'merged', 'quarantined', 'skipped'] as const;

/** The summary of an import for a terminal: sentences, with the codes in parentheses. */
export function importText(summary: ImportSummary): string {
  const { collections, events, documents, seconds, rssMaxMb, quarantine, notes } = summary;
  const rate = number(Math.round(documents / Math.max(seconds, 0.001)));
  return [
    ...table(Object.entries(collections)),
    '',
    `${number(events)} events appended. ${number(documents)} documents in ${seconds.toFixed(1)} s (${rate}/s), using at most ${rssMaxMb} MB of memory.`,
    ...section('Documents in quarantine (`openhouse quarantine list` shows each)', quarantine, quarantineLine),
    ...section('Fields not understood, or only partly', summary.warnings, warningLine),
    ...held(summary),
    ...section('Fields that openhouse does not import', summary.unread, (_, name, count) => `${number(count)} ${name}`),
    ...earlier(summary),
    ...lost(Object.entries(collections)),
    ...notes.map((note) => `Note: ${note}`),
  ].join('\n');
}

function table(rows: [string, CollectionCounts][]): string[] {
  const head = ['', ...columns.map((name) => name.padStart(12))].join('');
  return [
    `${'From the old CRM'.padEnd(20)}${head}`,
    ...rows.map(
      ([name, counts]) =>
        collectionLabel(name).padEnd(20) + columns.map((key) => number(counts[key]).padStart(12)).join(''),
    ),
  ];
}

/** What is not sent, and why. */
function held({ onHold, consent }: ImportSummary): string[] {
  const reasons = Object.entries(onHold.byReason).map(
    ([code, count]) => `${number(count)} with ${holdReasonWords({ code })}`,
  );
  return [
    ...(onHold.searches + onHold.switchedOff === 0
      ? []
      : [
          'Saved searches that are not understood completely, as the old CRM has them: ' +
            [
              ...(onHold.searches === 0
                ? []
                : [
                    `${number(onHold.searches)} active, on hold until someone corrects them (${reasons.join(', ')}; \`openhouse alerts on-hold\` lists them)`,
                  ]),
              ...(onHold.switchedOff === 0 ? [] : [`${number(onHold.switchedOff)} switched off`]),
            ].join(', '),
        ]),
    ...(consent.optedOutAddresses + consent.optedOutDocuments === 0
      ? []
      : [
          `Opted out of e-mail: ${number(consent.optedOutAddresses)} addresses, by ${number(consent.optedOutDocuments)} documents` +
            (consent.unclear === 0 ? '' : `; ${number(consent.unclear)} of these with a value that is not understood`),
        ]),
  ];
}

const quarantineLine = (collection: string, code: string, count: number): string =>
  `${number(count)} ${quarantineLabel(collection, code)} (${code})`;

/** `12 List price: …` @param key the field and the code: `listPrice price-range` */
const warningLine = (collection: string, key: string, count: number): string => {
  const [field = '', code = ''] = key.split(' ');
  return `${number(count)} ${fieldLabel(collection, field)}: ${warningMeaning(code) ?? 'Not understood.'} (${code})`;
};

const shownCodes = 8;

function section(
  title: string,
  counts: CountsByCode,
  line: (collection: string, key: string, count: number) => string,
) {
  const lines = Object.entries(counts).flatMap(([collection, byCode]) => {
    const all = Object.entries(byCode);
    if (all.length === 0) return [];
    const shown = all.slice(0, shownCodes).map(([key, count]) => `    ${line(collection, key, count)}`);
    const more = all.length > shownCodes ? [`    … and ${all.length - shownCodes} more (--json)`] : [];
    return [`  ${collectionLabel(collection)}`, ...shown, ...more];
  });
  return lines.length === 0 ? [] : [`${title}:`, ...lines];
}

function lost(rows: [string, CollectionCounts][]): string[] {
  const counts = rows.filter(([, { unresolvedReferences }]) => unresolvedReferences > 0);
  if (counts.length === 0) return [];
  const list = counts.map(
    ([name, { unresolvedReferences }]) => `${number(unresolvedReferences)} in ${collectionLabel(name)}`,
  );
  return [`References to missing documents: ${list.join(', ')}`];
}

/** What earlier imports left behind beyond this one. */
function earlier({ quarantine, warnings, onFile }: ImportSummary): string[] {
  const total = (counts: CountsByCode) =>
    Object.values(counts).reduce((sum, byCode) => sum + Object.values(byCode).reduce((a, b) => a + b, 0), 0);
  const more = [
    [total(onFile.quarantine) - total(quarantine), 'documents in quarantine'],
    [total(onFile.warnings) - total(warnings), 'fields with a warning'],
  ] as const;
  const parts = more.filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`);
  return parts.length === 0 ? [] : [`From earlier imports: ${parts.join(', ')} (--json)`];
}
