import { warningMeaning } from '../../domain/warning-codes.ts';
import { quarantineLabel } from '../../importers/legacy/quarantine-codes.ts';
import { collectionLabel, fieldLabel } from '../../importers/reporting/collection-labels.ts';
import type { DataQuality, FieldQuality, Offender, RunQuality } from '../../importers/reporting/data-quality.ts';
import type { QualityOnFile } from '../../importers/reporting/quality.ts';
import { formatMinute } from '../../platform/wording/shown-time.ts';
import { counted, number } from '../output/words.ts';

const total = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

export const whatHappened = ({ collection, code, kind }: Offender): string =>
  kind === 'quarantined' ? quarantineLabel(collection, code) : (warningMeaning(code) ?? 'Not understood.');

/** `Listings, Status (situation)`: the field, and where the old CRM has it. */
const whereOf = ({ collection, field, path }: Offender): string =>
  `${collectionLabel(collection)}, ${fieldLabel(collection, field)}${path === undefined ? '' : ` (${path})`}`;

/** What a kind of problem is called. */
export const kindWords: Readonly<Record<Offender['kind'], string>> = {
  repaired: 'repaired',
  emptied: 'emptied',
  onHold: 'on hold',
  quarantined: 'quarantined',
};

/** The columns of the table of fields, with how many documents a field has in each; every document counts once. */
export const sums = (field: FieldQuality): readonly (readonly [column: string, count: number])[] => [
  ['clean', field.documents.clean],
  [kindWords.repaired, field.documents.repaired],
  [kindWords.emptied, field.documents.emptied],
  [kindWords.onHold, field.documents.onHold],
  [kindWords.quarantined, total(field.quarantined)],
];

export const columns: readonly string[] = ['clean', ...Object.values(kindWords)];

/** All documents on file after a run. */
export const onFileSums = ({ onFile }: RunQuality): Required<QualityOnFile[string]> => {
  const all = Object.values(onFile ?? {});
  const sum = (kind: keyof QualityOnFile[string]) => all.reduce((total, one) => total + (one[kind] ?? 0), 0);
  return { clean: sum('clean'), inPart: sum('inPart'), onHold: sum('onHold'), quarantined: sum('quarantined') };
};

/** How well the old CRM's documents are understood, for a terminal. */
export const qualityText = (quality: DataQuality, timeZone = 'UTC'): string => {
  const { runs, offenders, orphans, duplicates, kept, unread } = quality;
  if (runs.length === 0) return 'Nothing has been imported yet.';
  return [
    `${'Field'.padEnd(44)}${columns.map((head) => head.padStart(13)).join('')}`,
    ...byCollection(quality.fields),
    ...titled('Worst offenders', offenders.flatMap(offenderLines)),
    ...titled(
      'Broken references',
      orphans.map(
        ({ collection, imported, waiting }) =>
          `  ${collectionLabel(collection)}: ${number(imported)} imported without it, ${number(waiting)} waiting for it`,
      ),
    ),
    ...titled(
      'Duplicates',
      duplicates.map(
        ({ collection, merged, records, sameId }) =>
          `  ${collectionLabel(collection)}: ${counted(merged, 'document')} merged into ${counted(records, 'record')} of other documents` +
          (sameId === 0 ? '' : `; ${number(sameId)} set aside because others have the same _id`),
      ),
    ),
    ...titled(
      keptTitle,
      kept.map((one) => `  ${keptLine(one, timeZone)}`),
    ),
    ...titled(
      'Fields that nothing reads',
      Object.entries(unread).map(
        ([collection, names]) =>
          `  ${collectionLabel(collection)}: ${Object.entries(names)
            .slice(0, 20)
            .map(([name, count]) => `${name} (${number(count)})`)
            .join(', ')}`,
      ),
    ),
    ...titled(
      'Imports, newest last: all documents on file after each',
      runs.slice(-10).map((run) => runLine(run, timeZone)),
    ),
  ].join('\n');
};

export const keptTitle = 'Kept, although the old CRM or the mapping no longer has them';

export const keptLine = (
  { collection, documents, keptAt, keptBy, because }: DataQuality['kept'][number],
  timeZone: string,
): string =>
  `${collectionLabel(collection)}: ${counted(documents, 'document')}, kept ${formatMinute(new Date(keptAt), timeZone)} by ${keptBy}: ${because}`;

const titled = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', `${title}:`, ...lines]);

const byCollection = (fields: readonly FieldQuality[]): string[] =>
  [...new Set(fields.map(({ collection }) => collection))].flatMap((collection) => [
    collectionLabel(collection),
    ...fields
      .filter((one) => one.collection === collection)
      .map((one) => {
        const counts = sums(one)
          .map(([, count]) => number(count).padStart(13))
          .join('');
        return `  ${fieldLabel(collection, one.field).slice(0, 41).padEnd(42)}${counts}`;
      }),
  ]);

const offenderLines = (offender: Offender): string[] => [
  `  ${number(offender.documents)} × ${whereOf(offender)}, ${kindWords[offender.kind]}: ${whatHappened(offender)} (${offender.code})`,
  ...(offender.unknown === undefined
    ? offender.samples.map(({ legacyId, found }) => `      ${legacyId}${found === '' ? '' : `: ${found}`}`)
    : [`      ${unknownWords(offender.unknown)}`, `      ${offender.unknown.advice}`]),
];

/** `"Verhext" 2, "Weg" 1` */
export const unknownWords = ({ words }: NonNullable<Offender['unknown']>): string =>
  words.map(({ found, documents }) => `"${found}" ${number(documents)}`).join(', ');

const runLine = (run: RunQuality, timeZone: string): string => {
  const { clean, inPart, onHold, quarantined } = onFileSums(run);
  const mapping = run.mapping === null ? '' : `, mapping ${run.mapping}, version ${run.mappingVersion}`;
  const onFile =
    run.onFile === null
      ? ''
      : `: ${number(clean)} clean, ${number(inPart)} with a warning, ${number(onHold)} on hold, ${number(quarantined)} in quarantine`;
  return `  ${formatMinute(new Date(run.startedAt), timeZone)} ${run.result} (${run.source}${mapping})${onFile}`;
};
