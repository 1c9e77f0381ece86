import { type Edit, edited, isPlain, type RawDocument, rawAt } from '../edits.ts';
import { carries, uncarried } from '../forms/carried.ts';
import { isNumber } from '../forms/numbers.ts';
import { alike, dropsParts } from '../least-change.ts';
import type { Unit } from '../units.ts';
import { candidatesFor } from './candidates-for.ts';
import type { Writing } from './writing.ts';

/** The candidates, each in the form of what it replaces first, without those that drop what a sub-document has besides, or put one in the place of a text. */
export function* waysOf(unit: Unit, writing: Writing): Generator<readonly Edit[], void, undefined> {
  const { bson, document } = writing;
  const keeps = (edits: readonly Edit[]) =>
    edits.every((edit) => !dropsParts(document, edit) && !makesDocument(document, edit));
  for (const candidate of candidatesFor(unit, { ...writing, document: withoutCarriers(unit, writing) })) {
    const formed = candidate.map(({ path, value }) => ({ path, value: alike(bson, rawAt(document, path), value) }));
    if (keeps(formed)) yield formed;
    if (keeps(candidate) && formed.some(({ value }, index) => value !== candidate[index]!.value)) yield candidate;
  }
}

/** Whether an edit puts a sub-document where a text or a number is: what shows that text could not show it. */
const makesDocument = (document: RawDocument, { path, value }: Edit): boolean => {
  const before = rawAt(document, path);
  return isPlain(value) && (isNumber(before) || (typeof before === 'string' && before.trim() !== ''));
};

/** The document with plain texts and times where a unit's are in symbols, binary data or timestamps. */
const withoutCarriers = ({ slots }: Unit, { document, pathsOf }: Writing): RawDocument => {
  const paths = slots.flatMap(pathsOf).filter((path) => carries(rawAt(document, path)));
  return paths.length === 0
    ? document
    : (edited(
        document,
        paths.map((path) => ({ path, value: uncarried(rawAt(document, path)) })),
      ) ?? document);
};
