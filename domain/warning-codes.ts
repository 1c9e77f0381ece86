/** Rules that could be wrong by which a value was read, and what each did, for people. Codes are stable: events contain them. */
const repairMeanings: Readonly<Record<string, string>> = {
  about: 'The value was given as approximate; it is taken as exact.',
  'afternoon-assumed': '“9-5” is read as nine in the morning to five in the afternoon.',
  'area-of-sides': 'The area was calculated from the lengths of the sides.',
  'area-range': 'The field has a range of areas; the lower end is taken.',
  'budget-swapped': 'The minimum and the maximum were the wrong way round and have been swapped.',
  'coordinates-swapped': 'Latitude and longitude were the wrong way round and have been swapped.',
  'day-first': 'The first number is above 12, so it is read as the day.',
  'decimal-comma': 'The comma is read as the decimal separator.',
  'excel-serial-date': 'The number is read as a spreadsheet date (days since 1899-12-30).',
  'extra-room': 'The room after the plus sign is not counted as a bedroom.',
  'first-of-several': 'The field has several values; the first is taken.',
  'longitude-sign': 'The longitude lacked its minus sign, which has been added.',
  'month-first': 'Either number could be the month; the date is read the American way, month first.',
  'part-bathroom': 'A quarter or three-quarter bathroom is counted as a half bathroom.',
  'price-range': 'The field has a range of prices; the lower end is taken.',
  'range-swapped': 'The minimum and the maximum were the wrong way round and have been swapped.',
  'room-range': 'The field has a range; the lower number is taken.',
  shortened: 'The text is too long for this field and has been cut.',
  'thousands-separator-dot': 'The dot is read as a thousands separator.',
  'two-digit-year': 'The year had two digits; up to 68 is read as this century.',
  'unit-guessed': 'The unit is missing; up to 50 is read as acres, 1,000 and more as square feet.',
  'vacation-swapped': 'The first and the last day were the wrong way round and have been swapped.',
  'year-of-date': 'The year was taken from a full date.',
  'zero-as-no-maximum': 'A maximum of 0 is read as no maximum.',
};

/** The codes of these rules. */
export const repairs: readonly string[] = Object.keys(repairMeanings);

/**
 * What every warning on an imported field means. With codes other than those of repairs the field was left empty, unless the sentence
 * says otherwise. Codes that explain themselves (`not-a-price`) need no entry: see `codePatterns`.
 */
const meanings: Readonly<Record<string, string>> = {
  ...repairMeanings,
  'address-unclear':
    'There is no known town with this name, so the words that may name the town were left in the street.',
  'area-not-positive': 'The area must be greater than zero.',
  'area-too-high': 'The area is too large to be plausible.',
  'area-too-low': 'The area is too small to be plausible.',
  'areas-differ': 'The field has two areas that do not agree.',
  'coordinates-abroad': 'The coordinates are not in the United States.',
  'coordinates-zero': 'The coordinates are 0, 0, which means that none were known.',
  'criteria-contradict': 'The criteria contradict each other.',
  'criterion-outside-query': 'The criterion is outside the query, where the old CRM did not look.',
  'criterion-unclear': 'This criterion could not be understood.',
  'criterion-unknown': 'There is no criterion with this name.',
  'currency-unknown': 'The currency is not known; only amounts in US dollars are read.',
  'date-ambiguous': 'It is not clear which number is the day, the month or the year.',
  'date-incomplete': 'A year or a month alone is not a date.',
  'date-in-future': 'The date is more than a day in the future, so it is taken as missing.',
  'date-out-of-range': 'The date is before 1900 or after 2200.',
  'far-from-postal-code': 'The coordinates are more than 100 km from the ZIP code.',
  'frequency-unknown': 'This frequency is not known.',
  'language-unknown': 'This language is not known; known ones in the same field were taken.',
  'name-is-an-email': 'The field for the name contains an e-mail address.',
  'not-a-budget': 'The budget could not be understood completely.',
  'not-a-name': 'The parts of this name are not known; the mapping can say which is the first and which the last name.',
  'not-a-number': 'This is not a valid number for this field.',
  'not-a-phone-number': 'This is not, or not only, a valid phone number; valid ones in the same field were taken.',
  'not-a-polygon': 'This is not a valid outline of an area.',
  'not-a-postal-code': 'This is not a ZIP code.',
  'not-a-query': 'The search could not be read.',
  'not-a-reference': 'This is not a reference to another record.',
  'not-a-slack-id': 'This is not a Slack user ID (such as U024BE7LH).',
  'not-a-vacation': 'This is not a period with a first and a last day.',
  'not-a-year': 'This is not a year in which a home could have been built.',
  'not-an-area': 'The area could not be understood; any others in the same field were taken.',
  'not-an-email': 'This is not, or not only, a usable e-mail address; usable ones in the same field were taken.',
  'not-an-mls-number': 'This is not an MLS number.',
  'not-coordinates': 'These are not coordinates.',
  'not-notes': 'A note has no text; the other notes were taken.',
  'not-photos': 'These are not photos.',
  'not-valid': 'This is not a valid value for this field.',
  'not-working-hours': 'Some of the hours could not be understood; the others were taken.',
  'not-yes-or-no': 'This is neither yes nor no.',
  'note-without-date': 'The date of a note could not be read; the note was taken without it.',
  'photo-without-url': 'A photo has no usable address; it is counted, but not shown.',
  'opt-out-unclear': 'It is not clear whether the person has opted out; they are treated as opted out.',
  'place-unclear': 'The place could not be understood.',
  'price-not-positive': 'The price is zero or less, which means that there is none.',
  'query-unreadable': 'The search could not be read.',
  'range-unclear': 'The range could not be understood completely.',
  'reference-ambiguous': 'This could refer to several documents of the old CRM.',
  'reference-not-found': 'No document of the old CRM has this ID or address.',
  'role-unknown':
    'openhouse does not know this role, so it offers this person no leads; the mapping can say what the word means.',
  'shared-with-another-agent': 'Another agent has the same e-mail address.',
  'source-unknown': 'This source is not known; it is recorded as Other.',
  'stage-unknown': 'This stage is not known.',
  'status-unknown': 'This status is not known.',
  'street-not-found':
    'No part of this address has a name by which openhouse knows a street; the mapping can say which field has it.',
  'timeframe-unknown': 'This time frame is not known.',
  'switch-by-date': 'openhouse cannot start, pause or end a search on a date; someone must switch it.',
  'too-long': 'The text is far too long for this field.',
  'type-unknown': 'This type of home is not known.',
  'unit-missing': 'The unit is missing, and this could be acres or square feet.',
  'unit-unknown': 'This unit is not known.',
};

/** Codes whose words, joined by dashes, make up the sentence. */
const codePatterns: readonly (readonly [pattern: RegExp, sentence: (words: string) => string])[] = [
  [/^not-([a-z-]+)$/, (thing) => `This is not ${thing}.`],
  [/^([a-z-]+)-too-low$/, (thing) => `The ${thing} is too low to be plausible.`],
  [/^([a-z-]+)-too-high$/, (thing) => `The ${thing} is too high to be plausible.`],
  [/^([a-z-]+)-differ$/, (things) => `The field has two ${things} that do not agree.`],
];

/** A sentence for a warning's code; `undefined` for an unknown code. `currency-eur` names the currency. */
export const warningMeaning = (code: string): string | undefined => {
  if (Object.hasOwn(meanings, code)) return meanings[code];
  const currency = /^currency-([a-z]{3})$/.exec(code)?.[1];
  if (currency !== undefined) {
    return `The amount is in another currency (${currency.toUpperCase()}); only US dollars are read.`;
  }
  for (const [pattern, sentence] of codePatterns) {
    const words = pattern.exec(code)?.[1];
    if (words !== undefined) return sentence(words.replaceAll('-', ' '));
  }
  return undefined;
};
