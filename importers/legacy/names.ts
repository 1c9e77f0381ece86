/** What people typed when the old form insisted on a name. */
const placeholderWords: ReadonlySet<string> = new Set(
  (
    'dup dupe duplicate copy test testing tester unknown anonymous anon none noname na nobody xx xxx xxxx asdf qwerty delete ' +
    'deleted remove ignore donotuse donotcontact tbd null undefined firstname lastname name fname lname'
  ).split(' '),
);

type Name = { readonly firstName?: unknown; readonly lastName?: unknown };

const plain = (text: unknown): string =>
  typeof text === 'string'
    ? text
        .normalize('NFD')
        .replace(/[^\p{L}\p{N}\s-]/gu, '')
        .toLowerCase()
        .trim()
    : '';

const wordsOf = ({ firstName, lastName }: Name): string[] =>
  `${plain(firstName)} ${plain(lastName)}`.split(/[\s-]+/).filter((word) => word !== '');

/** Whether a name is only a placeholder: "Dup", "Test Test", "Do not use", "N/A". */
export const isPlaceholderName = (name: Name): boolean => {
  const words = wordsOf(name);
  if (words.length === 0)
    return [name.firstName, name.lastName].some((part) => typeof part === 'string' && part.trim() !== '');
  return words.every(isPlaceholderWord) || placeholderWords.has(words.join(''));
};

const isPlaceholderWord = (word: string) => placeholderWords.has(word) || !/\p{L}/u.test(word);

/**
 * The form in which equal names compare equal: without accents, case, punctuation and order ("LOPEZ, ANA" is "Ana
 * López"). Nicknames are not guessed. `undefined` for a placeholder and for a single word, which too many people share.
 */
export const nameKey = (name: Name): string | undefined => {
  const words = wordsOf(name);
  return words.length < 2 || isPlaceholderName(name) ? undefined : words.sort().join(' ');
};
