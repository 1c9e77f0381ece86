/** What a person can do about a reason, as a sentence. @param edit how a value is corrected where the sentence is shown */
export const adviceFor = (
  { code, path, refusedYN }: { readonly code: string; readonly path: string; readonly refusedYN: boolean },
  edit: (path: string) => string,
): string => {
  if (code === 'stream-deleted')
    return 'Nothing can be added to a history that was deleted for good: dismiss it, or delete the document in the old CRM.';
  if (code === 'too-large') return `Remove or shorten what is not needed, here or in the old CRM: ${edit('')}`;
  // The path is a field of the record, which the mapping may fill from several places.
  if (refusedYN) return `Every import tries it again. Correct it here or in the old CRM: ${edit('')}`;
  if (/-not-found$/.test(code))
    return `It is imported automatically as soon as the document it refers to is. If it refers to the wrong one: ${edit(path)}`;
  if (/^not-(?:bson|json)$/.test(code)) return 'It cannot be read, so correct it in the old CRM, or dismiss it.';
  if (code === 'id-twice')
    return `Delete one of them in the old CRM, or give this one an _id of its own: ${edit('_id')}`;
  return `Correct it here or in the old CRM: ${edit(path)}`;
};
