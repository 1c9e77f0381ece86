import { type RecordTypeName, recordType } from '../../mappings/record-types.ts';
import type { InspectedPath } from '../inspected-path.ts';
import type { Fields } from './fit.ts';
import type { Group, Grouping } from './group.ts';
import { type Keys, refersTo, targetsIn } from './references.ts';

/**
 * By which of their own fields the records of each type are referred to. A key that others use and that no field of
 * openhouse seemed to be becomes one of the type's keys: what use it is, those references show.
 */
export const keysOf = ({ groups, types }: Grouping): { readonly groups: readonly Group[]; readonly keys: Keys } => {
  const used = new Map<RecordTypeName, Set<string>>();
  for (const { type, fields } of groups) {
    for (const [slot, paths] of Object.entries(fields)) {
      const target = recordType(type).references[slot];
      if (target === undefined) continue;
      for (const path of paths) {
        const [first] = refersTo(path, type, slot, types) ? targetsIn(path, target, types) : [];
        if (first !== undefined && first !== '_id') used.set(target, (used.get(target) ?? new Set()).add(first));
      }
    }
  }
  const withKeys = groups.map((group) => {
    const fields = [...(used.get(group.type) ?? [])].reduce(
      (fields, path) => withKey(group, fields, path),
      group.fields,
    );
    return { ...group, fields };
  });
  return { groups: withKeys, keys: new Map(withKeys.map(({ type, fields }) => [type, keysIn(type, fields)])) };
};

/** The paths of a type by which a mapping can refer to it, and what it calls each. */
const keysIn = (type: RecordTypeName, fields: Fields): ReadonlyMap<string, string> => {
  const paths = (slot: string, name: string) => (fields[slot] ?? []).map(({ path }): [string, string] => [path, name]);
  return new Map([
    ...paths('email', 'email'),
    ...paths('memberEmail', 'email'),
    ...recordType(type).keys.flatMap((key) => paths(key, key)),
  ]);
};

const withKey = ({ type, members }: Group, fields: Fields, path: string): Fields => {
  if (keysIn(type, fields).has(path)) return fields;
  const free = recordType(type).keys.find((key) => fields[key] === undefined);
  const found = members.flatMap(({ paths }): InspectedPath[] => paths.filter((one) => one.path === path))[0];
  return free === undefined || found === undefined ? fields : { ...fields, [free]: [found] };
};
