import { asList, entryOf, type Reading, reader, unclear, understood } from '../../reading.ts';
import { readLine } from '../words/text.ts';

const english = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

/** Other names that people use for a language, besides its code and English name. */
const otherNames: Record<string, string> = {
  español: 'Spanish',
  espanol: 'Spanish',
  castellano: 'Spanish',
  português: 'Portuguese',
  portugues: 'Portuguese',
  français: 'French',
  francais: 'French',
  creole: 'Haitian Creole',
  'haitian creole': 'Haitian Creole',
  kreyol: 'Haitian Creole',
  kreyòl: 'Haitian Creole',
  ht: 'Haitian Creole',
  italiano: 'Italian',
  deutsch: 'German',
  русский: 'Russian',
  mandarin: 'Chinese',
  eng: 'English',
  spa: 'Spanish',
  sp: 'Spanish',
};

/** English names of languages, by code; and by the name itself in lower case. */
const byName = new Map(
  [
    ...'en es pt fr ht it de ru he yi ar zh ja ko vi tl pl uk ro hu el tr hi ur bn fa nl sv da no fi cs sk bg sr hr th id ca hy ka sq'.split(
      ' ',
    ),
  ].map((code) => {
    const name = code === 'ht' ? 'Haitian Creole' : (english.of(code) ?? code);
    return [name.toLowerCase(), name] as const;
  }),
);

/** What people write between two languages, besides what separates any list. */
const between = /\s*[/|&+]\s*|\s+(?:and|und|y|et)\s+/;

/** `"es"`, `"Spanish"`, `["en", "es"]`, `"English, Español"`, `"es/en"`, `"inglés y español"`, as English names. */
export const readLanguages = reader(1_000, (found): Reading<string[]> => {
  const parts = asList(found);
  if (parts === undefined) return unclear('not-a-language');
  const languages = new Set<string>();
  let unknown = false;
  for (const word of parts.flatMap((part) => readLine(part).value?.toLowerCase().split(between) ?? [])) {
    if (word === '') continue;
    const name =
      entryOf(otherNames, word) ?? byName.get(word) ?? (/^[a-z]{2}(-[a-z]{2})?$/.test(word) ? ofCode(word) : undefined);
    if (name === undefined) unknown = true;
    else languages.add(name);
  }
  if (languages.size === 0) return unknown ? unclear('language-unknown') : {};
  return understood([...languages], unknown ? 'language-unknown' : undefined);
});

const ofCode = (code: string): string | undefined => {
  const short = code.slice(0, 2);
  if (!byCode.has(short)) byCode.set(short, english.of(short));
  return byCode.get(short);
};

/** Looking one up takes as long as reading the rest of a contact. */
const byCode = new Map<string, string | undefined>();
