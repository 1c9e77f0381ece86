import type { RecordName } from '../../domain/catalogue/field.ts';
import { slugOf } from '../../history/record-types.ts';

/** A path with a query string of the parameters that have a value. */
export const pathWith = (path: string, parameters: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(parameters).filter((one): one is [string, string] => Boolean(one[1]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
};

/** The page of a record: leads and agents have their own, with the history below; of other records it is the history. */
export const recordPath = (aggregate: RecordName, key: string): string => {
  const place = aggregate === 'lead' ? 'leads' : aggregate === 'agent' ? 'agents' : `history/${slugOf(aggregate)}`;
  return `/${place}/${encodeURIComponent(key)}`;
};
