/** What a returning person is recognised by. */
export type KnownBy = {
  /** Canonical. */
  readonly emails: readonly string[];
  /** E.164. */
  readonly phone: string | null;
  /** As `plainName` writes it; empty: not known. */
  readonly name: string;
};

/**
 * Whether two leads are the same person: they have the same e-mail address; or the same phone number and name. An
 * address that several people may share proves nothing without the same name. Nor does a phone number: everyone at a
 * desk has the same one.
 *
 * @param isShared whether several people may share an address
 */
export const isSamePerson = (one: KnownBy, other: KnownBy, isShared: (email: string) => boolean): boolean => {
  const common = one.emails.filter((email) => other.emails.includes(email));
  const samePhone = one.phone !== null && one.phone === other.phone;
  const sameName = one.name !== '' && one.name === other.name;
  return common.some((email) => !isShared(email)) || (sameName && (samePhone || common.length > 0));
};
