import { warningMeaning } from '../../domain/warning-codes.ts';
import { quarantineLabel } from '../../importers/legacy/quarantine-codes.ts';
import { collectionLabel, fieldLabel } from '../../importers/reporting/collection-labels.ts';
import type { DataQuality, FieldQuality, RunQuality } from '../../importers/reporting/data-quality.ts';
import type { QualityOnFile } from '../../importers/reporting/quality.ts';
import { formatMinute } from '../../platform/wording/shown-time.ts';
import { capitalised } from '../../platform/wording/words.ts';
import { number } from '../output/words.ts';
import { bar, escaped, page } from './page.ts';
import {
  columns,
  keptLine,
  keptTitle,
  kindWords,
  onFileSums,
  sums,
  unknownWords,
  whatHappened,
} from './quality-text.ts';

/** How well the old CRM's documents are understood, as a page. */
export const qualityPage = (quality: DataQuality, timeZone = 'UTC'): string =>
  page(
    'How well the old CRM is understood',
    [
      trend(quality.runs, (iso) => formatMinute(new Date(iso), timeZone)),
      ...[...new Set(quality.fields.map(({ collection }) => collection))].map((collection) =>
        collectionSection(
          collection,
          quality.fields.filter((field) => field.collection === collection),
          quality.runs.at(-1),
        ),
      ),
      offenderSection(quality),
      linkSection(quality),
      keptSection(quality, timeZone),
      unreadSection(quality),
    ].join('\n'),
  );

const [width, height] = [960, 160];
/** With more runs than this, only the first and the last one are labelled. */
const labelled = 10;

/** A bar for each run: all documents on file after it. Labels are text beside the picture, so that they do not shrink with it. */
const trend = (all: readonly RunQuality[], time: (iso: string) => string): string => {
  const runs = all.filter(({ onFile }) => onFile !== null);
  const last = all.at(-1);
  if (runs.length === 0) {
    const tried =
      last === undefined
        ? ''
        : `<p>The last one, of ${escaped(time(last.startedAt))}, stopped before it was done. What it has read so far is shown below; <code>openhouse doctor</code> says why it stopped.</p>`;
    return `<section><h2>No import has finished yet</h2>${tried}</section>`;
  }
  const values = runs.map(onFileSums);
  const total = ({ clean, inPart, onHold, quarantined }: (typeof values)[number]) =>
    clean + inPart + onHold + quarantined;
  const most = Math.max(1, ...values.map(total));
  const step = width / runs.length;
  const bars = values.map((value, index) => {
    const { clean, inPart, onHold, quarantined } = value;
    const [x, wide] = [index * step + step * 0.1, step * 0.8];
    let y = height;
    const rects = (
      [
        ['good', clean],
        ['part', inPart],
        ['held', onHold],
        ['bad', quarantined],
      ] as const
    ).map(([kind, count]) => {
      const tall = (count / most) * height;
      y -= tall;
      return `<rect class="${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${wide.toFixed(1)}" height="${tall.toFixed(1)}"/>`;
    });
    const run = runs[index]!;
    const title = `${time(run.startedAt)}, ${run.source}: ${number(clean)} clean, ${number(inPart)} with a warning, ${number(onHold)} on hold, ${number(quarantined)} in quarantine (mapping ${run.mapping ?? 'unknown'}, version ${run.mappingVersion ?? 'unknown'})`;
    return `<g><title>${escaped(title)}</title>${rects.join('')}</g>`;
  });
  const ticks = (texts: readonly string[]) =>
    `<div class="ticks${runs.length > labelled ? ' many' : ''}">${texts.map((text) => `<span>${escaped(text)}</span>`).join('')}</div>`;
  return `<section><h2>All documents on file after each import</h2>
${ticks(values.map((value) => `${((100 * value.clean) / Math.max(1, total(value))).toFixed(1)} % clean`))}
<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="Documents on file after each import: clean, with a warning, on hold, in quarantine">${bars.join('')}</svg>
${ticks(runs.map(({ startedAt }) => time(startedAt).slice(5)))}
${understanding(values.at(-1)!)}</section>`;
};

const understanding = ({ clean, inPart, onHold = 0, quarantined }: QualityOnFile[string]) =>
  bar([
    { label: 'clean', count: clean, kind: 'good' },
    { label: 'with a warning', count: inPart, kind: 'part' },
    { label: 'on hold', count: onHold, kind: 'held' },
    { label: 'in quarantine', count: quarantined, kind: 'bad' },
  ]);

const collectionSection = (
  collection: string,
  fields: readonly FieldQuality[],
  run: RunQuality | undefined,
): string => {
  const now = run?.onFile?.[collection];
  return `<section><h2>${escaped(collectionLabel(collection))}</h2>
${now === undefined ? '' : understanding(now)}
<div class="scroll"><table><thead><tr><th>Field</th>${columns.map((name) => `<th class="n">${capitalised(name)}</th>`).join('')}<th>Why</th></tr></thead>
<tbody>${fields.map(fieldRow).join('\n')}</tbody></table></div></section>`;
};

const fieldRow = (field: FieldQuality): string => {
  const cells = sums(field).map(
    ([name, count]) => `<td class="n${count === 0 ? ' zero' : ''}" data-label="${name}">${number(count)}</td>`,
  );
  const rules = [
    ...[field.repaired, field.emptied, field.onHold]
      .flatMap(Object.entries<number>)
      .map(([code, count]) => [code, count, warningMeaning(code)] as const),
    ...Object.entries(field.quarantined).map(
      ([code, count]) => [code, count, quarantineLabel(field.collection, code)] as const,
    ),
  ];
  const chips = rules.map(
    ([code, count, meaning = '']) =>
      `<div>${number(count)} × ${escaped(meaning)} <code class="soft">${escaped(code)}</code></div>`,
  );
  return `<tr><td>${escaped(fieldLabel(field.collection, field.field))}</td>${cells.join('')}<td class="block">${chips.join('')}</td></tr>`;
};

const offenderSection = ({ offenders }: DataQuality): string =>
  offenders.length === 0
    ? ''
    : `<section><h2>Worst offenders</h2><p class="soft">Values that may be personal are shown by their shape only.</p>
<div class="scroll"><table><thead><tr><th class="n">Documents</th><th>Where</th><th>What happened</th><th>Samples</th></tr></thead><tbody>${offenders
        .map(
          (one) =>
            `<tr><td class="n">${number(one.documents)}</td><td class="block">${escaped(collectionLabel(one.collection))}<br>${escaped(fieldLabel(one.collection, one.field))}${one.path === undefined ? '' : `<br><code class="soft">${escaped(one.path)}</code>`}</td><td class="block">${kindWords[one.kind]}: ${escaped(whatHappened(one))} <code>${escaped(one.code)}</code></td><td class="block">${
              one.unknown === undefined
                ? one.samples
                    .map(
                      ({ legacyId, found }) =>
                        `<code>${escaped(legacyId)}</code>${found === '' ? '' : ` ${escaped(found)}`}`,
                    )
                    .join('<br>')
                : `${escaped(unknownWords(one.unknown))}<br><span class="soft">${escaped(one.unknown.advice)}</span>`
            }</td></tr>`,
        )
        .join('\n')}</tbody></table></div></section>`;

const linkSection = ({ orphans, duplicates }: DataQuality): string => {
  const lines = [
    ...orphans.map(
      ({ collection, imported, waiting }) =>
        `${collectionLabel(collection)}: broken references in ${number(imported + waiting)} documents; ${number(imported)} were imported without them, ${number(waiting)} wait for what they refer to.`,
    ),
    ...duplicates.map(
      ({ collection, merged, records, sameId }) =>
        `${collectionLabel(collection)}: ${number(merged)} duplicates were merged into ${number(records)} records${sameId === 0 ? '' : `, and ${number(sameId)} documents are set aside because others have the same _id`}.`,
    ),
  ];
  return lines.length === 0
    ? ''
    : `<section><h2>Orphans and duplicates</h2>${lines.map((line) => `<p>${escaped(line)}</p>`).join('')}</section>`;
};

const keptSection = ({ kept }: DataQuality, timeZone: string): string =>
  kept.length === 0
    ? ''
    : `<section><h2>${keptTitle}</h2>${kept.map((one) => `<p>${escaped(keptLine(one, timeZone))}</p>`).join('')}</section>`;

const unreadSection = ({ unread }: DataQuality): string => {
  const rows = Object.entries(unread).map(
    ([collection, names]) =>
      `<h3>${escaped(collectionLabel(collection))}</h3><p>${Object.entries(names)
        .map(([name, count]) => `<span class="chip">${escaped(name)}<b>${number(count)}</b></span>`)
        .join('')}</p>`,
  );
  return rows.length === 0 ? '' : `<section><h2>Fields that nothing reads</h2>${rows.join('')}</section>`;
};
