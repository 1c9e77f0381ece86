import type { AggregateName } from './events.ts';

/** The fields that name another record by its key, with the kind of record they name. */
const references: Readonly<Partial<Record<AggregateName, Readonly<Record<string, AggregateName>>>>> = {
  listing: { listAgentKey: 'agent' },
  lead: { ownerMemberKey: 'agent' },
  savedSearch: { contactKey: 'lead' },
};

/** The kind of record whose key a field holds; `undefined` for a field that holds no key. */
export const referredTo = (aggregate: AggregateName, field: string): AggregateName | undefined => {
  const fields = references[aggregate] ?? {};
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
};
