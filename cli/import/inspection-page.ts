import type { InspectedCollection } from '../../importers/inspecting/inspect-collection.ts';
import type { Inspection } from '../../importers/inspecting/inspect-source.ts';
import type { InspectedPath } from '../../importers/inspecting/inspected-path.ts';
import { counted, number } from '../output/words.ts';
import { labelOf, lookText, notByDateText, rangeTexts, troubleLabel, wordAdviceFor } from './inspection-text.ts';
import { bar, escaped, page } from './page.ts';

/** What is in an old database, as a page. */
export const inspectionPage = ({ source, mapping, collections, notes }: Inspection): string =>
  page(
    `What is in ${source}`,
    [
      `<p class="soft">Read with the mapping <b>${escaped(mapping.name)}</b> (version ${escaped(mapping.version)}). Values that may be personal are shown by their shape only.</p>`,
      ...collections.map(section),
      ...(notes.length === 0
        ? []
        : [`<section><h2>Notes</h2>${notes.map((note) => `<p>${escaped(note)}</p>`).join('')}</section>`]),
    ].join('\n'),
  );

const section = (collection: InspectedCollection): string => {
  const read = collection.paths.filter(({ unread }) => !unread);
  const unread = collection.paths.filter((path) => path.unread);
  const unreadable = collection.unreadable === 0 ? '' : `, ${number(collection.unreadable)} unreadable`;
  return `<section>
<h2>${escaped(collection.name)} <span class="soft">${counted(collection.documents, 'document')}${unreadable}</span></h2>
${collection.problem === undefined ? '' : `<p>${escaped(collection.problem.message)}</p>`}
${understanding(collection)}
${notByDateText(collection)
  .map((line) => `<p>${escaped(line)}</p>`)
  .join('')}
${table('Fields', read, collection.documents)}
${table('Nothing reads', unread, collection.documents)}
${collection.morePaths ? '<p class="soft">There are further paths.</p>' : ''}
</section>`;
};

const understanding = ({ recordTypes }: InspectedCollection): string =>
  recordTypes.length === 0
    ? '<p class="soft">This mapping takes nothing from here.</p>'
    : recordTypes
        .map(({ type, sampled, understood, inPart, quarantined, warnings, quarantine, found }) => {
          const problems = [...Object.entries(quarantine), ...Object.entries(warnings)].sort(([, a], [, b]) => b - a);
          return `<h3>As ${escaped(labelOf(type))} <span class="soft">a sample of ${number(sampled)}</span></h3>
${bar([
  { label: 'understood', count: understood, kind: 'good' },
  { label: 'understood in part', count: inPart, kind: 'part' },
  { label: 'quarantined', count: quarantined, kind: 'bad' },
])}
${troubles(type, problems.slice(0, 12), found)}`;
        })
        .join('\n');

const troubles = (
  type: string,
  problems: readonly (readonly [key: string, count: number])[],
  found: Readonly<Record<string, readonly string[]>>,
): string =>
  problems.length === 0
    ? ''
    : `<ul>${problems
        .map(([key, count]) => {
          const samples = (found[key] ?? []).map((one) => `<code>${escaped(one)}</code>`).join(', ');
          const advice = wordAdviceFor(type, key, found[key]);
          return `<li>${number(count)} × ${escaped(troubleLabel(type, key))} <code class="soft">${escaped(key)}</code>${samples === '' ? '' : `: ${samples}`}${advice === undefined ? '' : `<br><span class="soft">${escaped(advice)}</span>`}</li>`;
        })
        .join('\n')}</ul>`;

const table = (title: string, paths: readonly InspectedPath[], documents: number): string =>
  paths.length === 0
    ? ''
    : `<h3>${title}</h3><div class="scroll"><table class="wide">
<thead><tr><th>Path</th><th>Documents</th><th>Types</th><th>What is there</th><th>Becomes</th></tr></thead>
<tbody>${paths.map((path) => row(path, documents)).join('\n')}</tbody></table></div>`;

const row = (path: InspectedPath, documents: number): string => {
  const share = Math.min(100, (100 * path.documents) / Math.max(1, documents));
  return `<tr${path.unread ? ' class="unread"' : ''}><td><code>${escaped(path.path)}</code></td>
<td class="share-of"><span class="share"><span style="width:${share.toFixed(1)}%"></span></span>${share.toFixed(share < 10 ? 1 : 0)} %</td>
<td>${escaped(Object.keys(path.types).join(', '))}</td><td class="block">${content(path)}</td>
<td data-label="→">${path.feeds.map((field) => `<code>${escaped(field)}</code>`).join('<br>')}</td></tr>`;
};

const content = (found: InspectedPath): string => {
  const { personal, looksLike, values, shapes } = found;
  return [
    ...(personal ? ['<span class="tag">masked</span>'] : []),
    ...(looksLike === undefined ? [] : [`<span class="tag">${escaped(lookText(found))}</span>`]),
    ...Object.entries(values ?? shapes ?? {})
      .slice(0, 24)
      .map(([value, count]) => chip(value, count)),
    ...rangeTexts(found).map(ranges),
  ].join(' ');
};

const ranges = (text: string) => `<span class="ranges">${escaped(text)}</span>`;
const chip = (text: string, count: number) => `<span class="chip">${escaped(text)}<b>${number(count)}</b></span>`;
