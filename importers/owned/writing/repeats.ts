import { sameMeaning } from '../../../domain/changes.ts';
import type { View } from '../record-view.ts';
import { numberParts } from './candidates/addresses.ts';
import { waysOf } from './candidates/ways-of.ts';
import { has, type Writing } from './candidates/writing.ts';
import { changesOthers, sameIn } from './changes-others.ts';
import { type Edit, edited, type RawDocument, rawAt } from './edits.ts';
import { isNumber } from './forms/numbers.ts';
import { leastChange } from './least-change.ts';
import type { Unit } from './units.ts';

/**
 * Documents often say the same at several places: a lot in acres beside one in square feet, a full name beside its parts, the MLS's
 * word for a status beside the standard one. The mapping reads one of them, but the old website may show another. So each place that
 * by itself said the old value is edited, too, if it can say the new one in the same way.
 *
 * @param names the fields that are written
 * @param before what the document said
 * @param original the document before it was edited; `writing` has the edited one
 */
export const editsOfRepeats = (
  unit: Unit,
  names: readonly string[],
  before: View,
  original: RawDocument,
  writing: Writing,
  read: (document: RawDocument) => View | undefined,
): readonly Edit[] => {
  const { wanted } = writing;
  const isDerived = (name: string) => !names.includes(name) && unit.derived?.includes(name) === true;
  // What is deleted keeps the status that it had.
  if (wanted.standardStatus === 'Delete' && names.includes('standardStatus')) return [];
  const paths = [...new Set(unit.slots.flatMap(writing.pathsOf))].filter((path) => has({ document: original }, path));
  const isEdited = (path: string) => rawAt(writing.document, path) !== rawAt(original, path);
  const left = paths.filter((path) => !isEdited(path));
  const edits: Edit[] = [];
  let { document } = writing;
  const pathsIn = (slot: string) => writing.pathsOf(slot).filter((path) => paths.includes(path));
  const groups = [
    // Some say something only together: a street's number and its name.
    ...[...left.map((path) => [path]), ...(left.length > 1 ? [left] : [])].map((group) => ({
      group,
      others: paths.filter((path) => !group.includes(path)),
    })),
    // Others say it together with what was edited, instead of another place: a street's number once more, as a number.
    ...unit.slots.flatMap((slot) =>
      pathsIn(slot).length < 2
        ? []
        : left
            .filter((path) => pathsIn(slot).includes(path))
            .map((path) => ({
              group: [path],
              others: [...pathsIn(slot), ...pathsIn(unit.slots[0]!)].filter((other) => other !== path),
            })),
    ),
  ];
  for (const { group, others } of groups) {
    if (group.some((path) => rawAt(document, path) !== rawAt(original, path))) continue;
    if (others.some((other) => group.some((path) => isWithin(path, other) || isWithin(other, path)))) continue;
    const alone = edited(
      document,
      others.map((path) => ({ path, value: undefined })),
    );
    const said = alone === undefined ? undefined : read(alone);
    if (alone === undefined || said === undefined) continue;
    const isSaid = (view: View, name: string) => (view[name] ?? null) !== null;
    const isWanted = (view: View, name: string) => sameMeaning(view[name] ?? null, wanted[name] ?? null);
    const repeated = names.filter((name) => isSaid(said, name) && sameIn(said, before, name) && !isWanted(said, name));
    if (repeated.length === 0) continue;
    const saysSo = (view: View | undefined) =>
      view !== undefined &&
      repeated.every((name) => isWanted(view, name)) &&
      unit.fields.every(
        (name) =>
          isSaid(view, name) === isSaid(said, name) &&
          (isDerived(name) || !sameIn(said, before, name) || isWanted(view, name) || sameIn(view, said, name)),
      ) &&
      !changesOthers(said, view, unit.fields);
    const says = read(document);
    for (const way of waysOf(unit, { ...writing, document: alone })) {
      const own = way.filter(
        ({ path, value }) => group.includes(path) && ((value ?? null) !== null || group.length > 1),
      );
      if (own.every(({ value }) => (value ?? null) === null)) continue;
      if (own.some(({ path, value }) => isWhole(rawAt(alone, path)) && !isWhole(value))) continue;
      const next = own.length === 0 ? undefined : edited(alone, own);
      if (next === undefined || !saysSo(read(next))) continue;
      const isList = repeated.some((name) => Array.isArray(wanted[name]));
      const least = leastChange(alone, own, (changed) => saysSo(read(changed)), isList);
      const both = edited(document, least);
      const then = both === undefined ? undefined : read(both);
      if (both === undefined || then === undefined || says === undefined || changesOthers(says, then, [])) continue;
      edits.push(...least);
      document = both;
      break;
    }
  }
  for (const edit of names.includes('streetNumber') ? numberParts(writing, document, before.streetNumber) : []) {
    const [says, next] = [read(document), edited(document, [edit])];
    const then = next === undefined ? undefined : read(next);
    if (next === undefined || says === undefined || then === undefined || changesOthers(says, then, [])) continue;
    edits.push(edit);
    document = next;
  }
  return edits;
};

const isWithin = (path: string, other: string): boolean => path.startsWith(`${other}.`);

/** Half a bathroom is not for a field that counts whole ones. */
const isWhole = (found: unknown): boolean => isNumber(found) && Number.isInteger(Number(String(found)));
