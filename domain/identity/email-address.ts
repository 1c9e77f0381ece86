/**
 * The canonical form in which importers, commands, opt-outs and delivery store, compare and look up e-mail addresses.
 * Two texts that a person would read as the same address have the same form.
 *
 * Compatibility forms are normalised (NFKC), invisible characters dropped, and letters lower-cased. Whatever people and
 * programs write around an address is removed (`mailto:`, `<…>`, a display name, quotes, a full stop at the end).
 * Nothing depends on the provider: dots and tags before the `@` are part of the address.
 *
 * @returns `undefined` if it is not an address
 */
export const canonicalEmail = (found: string): string | undefined => {
  // A limit before any pattern runs: the longest possible address has 320 characters.
  if (found.length > 2_000) return undefined;
  const visible = found.normalize('NFKC').replace(unseen, '').trim();
  const inner = /<([^<>]*)>[^<>]*$/.exec(visible)?.[1] ?? visible;
  const text = inner
    .replace(/^[\s"'`“”‘’«»•·([{<]*(?:e-?mail\s*:\s*)?(?:mailto\s*:\s*)?[\s"'`“”‘’«»•·([{<]*/i, '')
    .replace(/\?[^@]*$/, '')
    .toLowerCase();
  const address = withoutEnd(text);
  return address.length <= 320 && addressPattern.test(address) ? address : undefined;
};

/**
 * Control and format characters, every kind of space within the text, and characters that Unicode says to ignore in
 * display.
 */
const unseen = /(?![\t\n\r ])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Surrogate}]/gu;

const addressPattern =
  /^[^\s@"<>(),:;[\]\\]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+\p{L}[\p{L}\p{N}-]{1,62}$/u;

const ends = new Set([...'.,;:!?|"\'`“”‘’«»•·…)]}> \t\n\r']);

const withoutEnd = (text: string): string => {
  let end = text.length;
  while (end > 0 && ends.has(text[end - 1]!)) end--;
  return text.slice(0, end);
};
