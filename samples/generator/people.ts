import type { Random } from './random.ts';

/** ISO 639-1; `ht` is Haitian Creole, spoken all over South Florida. */
export type Language = 'en' | 'es' | 'pt' | 'fr' | 'ht' | 'ru' | 'it';

export const languageNames: Record<Language, string> = {
  en: 'English',
  es: 'Spanish',
  pt: 'Portuguese',
  fr: 'French',
  ht: 'Haitian Creole',
  ru: 'Russian',
  it: 'Italian',
};

const names: Record<Language, { first: string[]; last: string[] }> = {
  en: {
    first:
      'James Mary Robert Patricia John Jennifer Michael Linda David Susan William Karen Deborah Kevin Sean Amy Rachel Joshua Naomi Tyrone Mei Priya'.split(
        ' ',
      ),
    last: "Smith Johnson Williams Brown Davis Miller Wilson Anderson O'Brien McCarthy Goldberg Rosenthal Levine Katz Washington Patel Nguyen Chen St.Clair Van-Buren".split(
      ' ',
    ),
  },
  es: {
    first:
      'Ana María|José Luis|Carmen|Juan Carlos|Guadalupe|Andrés|Sofía|Raúl|Lucía|Ángel|Inés|Martín|Belén|Óscar|Yolanda'.split(
        '|',
      ),
    last: 'López|García|Rodríguez|Muñoz|Hernández|Núñez|de la Cruz|Peña|Gómez Ortiz|Ibáñez|Castillo|Vélez'.split('|'),
  },
  pt: {
    first: 'João|Conceição|Luís|Fátima|Antônio|Inês|Tiago|Patrícia|Gonçalo|Beatriz'.split('|'),
    last: 'Silva|Gonçalves|Araújo|dos Santos|Magalhães|Conceição|Lourenço|Simões'.split('|'),
  },
  fr: {
    first: 'François|Hélène|Benoît|Chloé|Étienne|Gaëlle|Marc-André|Noémie'.split('|'),
    last: 'Lefèvre|Tremblay|Côté|Gagné|Béliveau|Dupont|Bélanger|Lévesque'.split('|'),
  },
  ht: {
    first: 'Wisline|Jean-Baptiste|Mirlande|Evens|Roseline|Frantz|Guerda|Wilner'.split('|'),
    last: 'Pierre|Toussaint|Désir|Jean-Louis|Saint-Fleur|Casséus|Laguerre'.split('|'),
  },
  ru: {
    first: 'Olga|Dmitri|Svetlana|Mikhail|Tatiana|Yuri|Ekaterina|Boris'.split('|'),
    last: 'Petrenko|Levchenko|Abramovich|Kovalenko|Dubrovsky-Klein|Reznik'.split('|'),
  },
  it: {
    first: 'Giulia|Marco|Chiara|Nicolò|Francesca|Alessandro'.split('|'),
    last: "D'Angelo|Esposito|Cantù|De Luca|Russo|Mangione".split('|'),
  },
};

export type Person = { first: string; last: string; language: Language };

/** A person, with the language their name comes from. Most are English speakers, many speak Spanish. */
export function someone(r: Random): Person {
  const language = r.weighted<Language>([
    ['en', 48],
    ['es', 26],
    ['pt', 8],
    ['fr', 6],
    ['ht', 6],
    ['ru', 4],
    ['it', 2],
  ]);
  return personSpeaking(language, r);
}

/** A person who speaks this language. */
export function personSpeaking(language: Language, r: Random): Person {
  return { first: r.pick(names[language].first), last: r.pick(names[language].last), language };
}

const plain = (text: string) =>
  text
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();

/** An address that no one owns (RFC 2606), unique per `index` (`tag` separates kinds of people). */
export function emailOf(person: Person, index: number, r: Random, tag = ''): string {
  const first = plain(person.first);
  const last = plain(person.last);
  const local = r.pick([
    `${first}.${last}${index}`,
    `${first[0]}${last}${index}`,
    `${first}_${last}${index}`,
    `${last}.${first}${index}`,
  ]);
  return `${local}${tag}@${r.pick(['example.com', 'example.com', 'example.net', 'example.org'])}`;
}

const local = [561, 561, 561, 561, 954, 754, 305, 786, 772];
const away = [212, 917, 646, 914, 203, 516, 631, 201, 973, 617, 508, 215, 312, 416, 514, 410, 202, 703];

/** The ten digits of a fictional number (555-0100 to 555-0199), with a Florida area code or a snowbird's. */
export function phoneOf(r: Random): string {
  return `${r.chance(0.7) ? r.pick(local) : r.pick(away)}55501${r.int(0, 99).toString().padStart(2, '0')}`;
}
