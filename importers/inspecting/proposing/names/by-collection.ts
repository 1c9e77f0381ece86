import type { RecordTypeName } from '../../../mappings/record-types.ts';
import type { InspectedCollection } from '../../inspect-collection.ts';
import { wordsOf } from '../../nouns.ts';
import { isReadAs } from '../field-text.ts';
import type { Fields } from '../fit.ts';
import { meaningOf } from './foreign-words.ts';

/** Fields that the name of a collection may say of all its documents: `rentals`, `listings_sold`, `pastClients`. */
const named: Readonly<Partial<Record<RecordTypeName, readonly string[]>>> = {
  listings: ['standardStatus', 'propertyType'],
  leads: ['leadStage'],
  leadAssignments: ['status'],
};

/**
 * What the name of a collection, or the value that names a part of one, says of documents that do not say it themselves: the
 * fields, and a word for each.
 */
export const saidByName = (
  type: RecordTypeName,
  { name, where, paths, documents }: InspectedCollection,
  fields: Fields,
): readonly (readonly [slot: string, word: string])[] => {
  const has = (slot: string) =>
    fields[slot]?.some(({ path }) => paths.some((own) => own.path === path && own.documents >= documents / 2));
  const words = wordsIn(where === undefined ? name : String(where.value));
  return (named[type] ?? []).flatMap((slot) => {
    if (has(slot)) return [];
    const [word] = words.flatMap((one) => meaningOf(slot, one) ?? (isReadAs(slot, one) ? [one] : []));
    return word === undefined ? [] : [[slot, word] as const];
  });
};

/** The name as a whole and its parts, also in the singular. */
const wordsIn = (name: string): readonly string[] =>
  [wordsOf(name).join(' '), ...wordsOf(name)]
    .flatMap((word) => [word, word.replace(/s$/i, '')])
    .filter((word) => word.length >= 3 && word.length <= 40);
