import { collectionLabel } from '../../importers/reporting/collection-labels.ts';
import type { DataQuality, FieldQuality, RunQuality } from '../../importers/reporting/data-quality.ts';
import { number } from '../words.ts';
import { bar, escaped, page } from './page.ts';
import { fieldLabel, onFileSums, sums, whatHappened } from './quality-text.ts';

/** How well the old CRM's documents are understood, as a page. */
export const qualityPage = (quality: DataQuality): string =>
  page(
    'How well the old CRM is understood',
    [
      trend(quality.runs),
      ...[...new Set(quality.fields.map(({ collection }) => collection))].map((collection) =>
        collectionSection(
          collection,
          quality.fields.filter((field) => field.collection === collection),
          quality.runs.at(-1),
        ),
      ),
      offenderSection(quality),
      linkSection(quality),
      unreadSection(quality),
    ].join('\n'),
  );

const [width, height, bottom] = [960, 200, 24];

/** A bar for each run: all documents on file after it. */
const trend = (all: readonly RunQuality[]): string => {
  const runs = all.filter(({ onFile }) => onFile !== null);
  if (runs.length === 0) return '<section><h2>No import has finished yet</h2></section>';
  const values = runs.map(onFileSums);
  const most = Math.max(1, ...values.map(({ clean, inPart, quarantined }) => clean + inPart + quarantined));
  const step = width / runs.length;
  const scale = (count: number) => (count / most) * (height - bottom - 10);
  const bars = values.map(({ clean, inPart, quarantined }, index) => {
    const x = index * step + step * 0.1;
    let y = height - bottom;
    const rects = (
      [
        ['good', clean],
        ['part', inPart],
        ['bad', quarantined],
      ] as const
    ).map(([kind, count]) => {
      const tall = scale(count);
      y -= tall;
      return `<rect class="${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${(step * 0.8).toFixed(1)}" height="${tall.toFixed(1)}"/>`;
    });
    const run = runs[index]!;
    const title = `${run.startedAt.slice(0, 16).replace('T', ' ')}: ${number(clean)} clean, ${number(inPart)} with a warning, ${number(quarantined)} in quarantine (mapping ${run.mapping ?? 'unknown'} ${run.mappingVersion ?? ''})`;
    const label = runs.length <= 12 ? run.startedAt.slice(5, 16).replace('T', ' ') : '';
    return `<g><title>${escaped(title)}</title>${rects.join('')}<text x="${(x + step * 0.4).toFixed(1)}" y="${height - 8}" text-anchor="middle">${escaped(label)}</text></g>`;
  });
  return `<section><h2>All documents on file after each import</h2>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Documents on file after each import: clean, with a warning, in quarantine"><line x1="0" x2="${width}" y1="${height - bottom}" y2="${height - bottom}"/>${bars.join('')}</svg>
${understanding(values.at(-1)!)}</section>`;
};

const understanding = ({ clean, inPart, quarantined }: ReturnType<typeof onFileSums>) =>
  bar([
    { label: 'clean', count: clean, kind: 'good' },
    { label: 'with a warning', count: inPart, kind: 'part' },
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
<div class="scroll"><table><thead><tr><th>Field</th><th class="n">Clean</th><th class="n">Repaired</th><th class="n">Emptied</th><th class="n">Quarantined</th><th>By which rule</th></tr></thead>
<tbody>${fields.map(fieldRow).join('\n')}</tbody></table></div></section>`;
};

const fieldRow = (field: FieldQuality): string => {
  const counts = sums(field);
  const rules = Object.entries({ ...field.repaired, ...field.emptied, ...field.quarantined });
  return `<tr><td>${escaped(fieldLabel(field.collection, field.field))}</td>${Object.values(counts)
    .map((count) => `<td class="n">${number(count)}</td>`)
    .join(
      '',
    )}<td>${rules.map(([code, count]) => `<span class="chip">${escaped(code)}<b>${number(count)}</b></span>`).join('')}</td></tr>`;
};

const offenderSection = ({ offenders }: DataQuality): string =>
  offenders.length === 0
    ? ''
    : `<section><h2>Worst offenders</h2><p class="soft">Values that may be personal are shown by their shape only.</p>
<div class="scroll"><table><thead><tr><th class="n">Documents</th><th>Where</th><th>What happened</th><th>Samples</th></tr></thead><tbody>${offenders
        .map(
          (one) =>
            `<tr><td class="n">${number(one.documents)}</td><td>${escaped(collectionLabel(one.collection))}<br>${escaped(fieldLabel(one.collection, one.field))}</td><td>${escaped(one.kind)}: ${escaped(whatHappened(one))} <code>${escaped(one.code)}</code></td><td>${one.samples
              .map(
                ({ legacyId, found }) => `<code>${escaped(legacyId)}</code>${found === '' ? '' : ` ${escaped(found)}`}`,
              )
              .join('<br>')}</td></tr>`,
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

const unreadSection = ({ unread }: DataQuality): string => {
  const rows = Object.entries(unread).map(
    ([collection, names]) =>
      `<h3>${escaped(collectionLabel(collection))}</h3><p>${Object.entries(names)
        .map(([name, count]) => `<span class="chip">${escaped(name)}<b>${number(count)}</b></span>`)
        .join('')}</p>`,
  );
  return rows.length === 0 ? '' : `<section><h2>Fields that nothing reads</h2>${rows.join('')}</section>`;
};
