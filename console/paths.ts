import type { RecordName } from '../domain/catalogue/field.ts';
import { slugOf } from '../history/record-types.ts';

/** The page of a record: leads and agents have their own, with the history below; of other records it is the history. */
export const recordPath = (aggregate: RecordName, key: string): string => {
  const place = aggregate === 'lead' ? 'leads' : aggregate === 'agent' ? 'agents' : `history/${slugOf(aggregate)}`;
  return `/${place}/${encodeURIComponent(key)}`;
};
