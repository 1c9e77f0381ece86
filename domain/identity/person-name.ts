/** What people typed when the old form insisted on a name. */
const placeholderWords: ReadonlySet<string> = new Set(
  (
    'unknown anonymous anon none no noname na nobody someone somebody person people user lead leads caller call contact client ' +
    'customer guest visitor prospect buyer seller buyers sellers new old me mr mrs ms miss sir madam see other record entry wrong ' +
    'number xx xxx xxxx asdf qwerty ignore donotuse donotcontact do not use email dnc tbd null undefined first last firstname lastname ' +
    'name fname lname web website online internet zillow trulia facebook google instagram realtor inquiry signup walkin'
  ).split(' '),
);

/**
 * Words that say what became of the document and not who the person is. A name that contains one is never preferred to
 * another name.
 */
const scrapped: ReadonlySet<string> = new Set(
  'dup dupe dups duplicate duplicated copy test testing tester delete deleted remove removed merge merged spam fake bogus'.split(
    ' ',
  ),
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

/** The words of a name, in the form in which they compare equal. */
export const wordsOfName = ({ firstName, lastName }: Name): string[] =>
  `${plain(firstName)} ${plain(lastName)}`.split(/[\s-]+/).filter((word) => word !== '');

/** Whether a name is only a placeholder: "Dup", "Test Test", "Do not use", "N/A". */
export const isPlaceholderName = (name: Name): boolean => {
  const words = wordsOfName(name);
  if (words.length === 0)
    return [name.firstName, name.lastName].some((part) => typeof part === 'string' && part.trim() !== '');
  return words.every(isPlaceholderWord) || placeholderWords.has(words.join(''));
};

const isPlaceholderWord = (word: string) =>
  placeholderWords.has(word) || scrapped.has(word) || /^[a-z]$/.test(word) || !/\p{L}/u.test(word);

/** Whether a name says that its document is a duplicate or a test: "Bob (dup)", "Test Buyer". */
export const isScrapped = (name: Name): boolean => wordsOfName(name).some((word) => scrapped.has(word));

/**
 * The form in which equal names compare equal: without accents, case, punctuation and order ("LOPEZ, ANA" is "Ana
 * López"). Nicknames are not guessed. `undefined` for a placeholder and for a single word, which too many people share.
 */
export const nameKey = (name: Name): string | undefined => {
  const words = wordsOfName(name);
  return words.length < 2 || isPlaceholderName(name) ? undefined : words.sort().join(' ');
};
