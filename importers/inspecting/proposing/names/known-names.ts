import { spelling } from '../../../legacy/reading.ts';
import { loadMapping, shippedMappings } from '../../../mappings/load-mapping.ts';
import { type RecordTypeName, recordType, recordTypeNames } from '../../../mappings/record-types.ts';
import { otherNames } from './other-names.ts';

/** What each field of each record type is called in the mappings that come with openhouse, in order of preference. */
export type KnownNames = Readonly<Record<RecordTypeName, ReadonlyMap<string, readonly string[]>>>;

/** Those names, and a few more. */
export const knownNames = async (): Promise<KnownNames> => {
  const mappings = await Promise.all((await shippedMappings()).map((name) => loadMapping(name)));
  return Object.fromEntries(
    recordTypeNames.map((type) => {
      const names = new Map<string, Set<string>>();
      for (const slot of recordType(type).slots) {
        names.set(slot, new Set([spelling(slot), ...(otherNames[slot]?.split(' ') ?? []).map(spelling)]));
      }
      for (const mapping of mappings) {
        for (const [path, slots] of mapping.types[type]?.paths ?? [])
          for (const slot of slots) names.get(slot)?.add(spelling(path));
      }
      return [type, new Map([...names].map(([slot, all]) => [slot, [...all]]))];
    }),
  ) as unknown as KnownNames;
};
