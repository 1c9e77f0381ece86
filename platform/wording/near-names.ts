const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * Names that may have been meant by an unknown one: those that contain it or are contained in it, ignoring case and
 * punctuation.
 *
 * @example nearNames('price', ['listPrice', 'closePrice', 'city']) // ['listPrice', 'closePrice']
 */
const nearNames = (meant: string, names: readonly string[]): readonly string[] =>
  plain(meant).length < 3
    ? []
    : names.filter((name) => plain(name).includes(plain(meant)) || plain(meant).includes(plain(name)));

/** `did you mean listPrice or closePrice?`, or a list of the names. */
export const suggestion = (meant: string, names: readonly string[]): string => {
  const near = nearNames(meant, names);
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : `it has ${names.join(', ')}`;
};
