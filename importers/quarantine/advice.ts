/** What a person can do about a reason, as a sentence. @param edit how a value is corrected where the sentence is shown */
export const adviceFor = (
  { code, path, refusedYN }: { readonly code: string; readonly path: string; readonly refusedYN: boolean },
  edit: (path: string) => string,
): string => {
  if (refusedYN)
    return 'Correct it in the old CRM, or wait for a release that accepts it: every import tries it again.';
  if (/-not-found$/.test(code)) return 'It is imported automatically as soon as the document it refers to is.';
  if (/^not-(?:bson|json)$|^unreadable$/.test(code)) return 'It cannot be read, so correct it in the old CRM.';
  if (code === 'id-twice')
    return `Delete one of them in the old CRM, or give this one an _id of its own: ${edit('_id')}`;
  if (code === 'too-large') return 'Shorten it in the old CRM, or remove what is not needed.';
  return `Correct it here or in the old CRM: ${edit(path)}`;
};
