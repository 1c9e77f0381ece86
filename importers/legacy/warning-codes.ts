/**
 * What each warning on an imported field means, for a person. Codes are stable: they are written into events. Those of the first
 * group come with a value that was read by a rule that could be wrong; with the others the field was left empty, unless they say otherwise.
 * Codes that say it all themselves (`not-a-price`) need no entry: see `spokenCodes`.
 */
const meanings: Readonly<Record<string, string>> = {
  about: 'The value was given as approximate; it is taken as it stands.',
  'afternoon-assumed': '“9-5” is read as until five in the afternoon.',
  'area-of-sides': 'The area was calculated from the two sides.',
  'area-range': 'Of a range of areas the lower end is taken.',
  'budget-swapped': 'The ends stood in the wrong order and were swapped.',
  'coordinates-swapped': 'Latitude and longitude were swapped.',
  'day-first': 'The first number is above 12, so it is read as the day.',
  'decimal-comma': 'The comma is read as the decimal separator.',
  'excel-serial-date': 'The number is read as a spreadsheet’s date, in days since 1899-12-30.',
  'extra-room': 'The room behind the plus is not counted as a bedroom.',
  'first-of-several': 'The field held several values; the first is taken.',
  'longitude-sign': 'The longitude had lost its minus sign.',
  'month-first': 'Either number could be the month; it is read the American way, month first.',
  'part-bathroom': 'A quarter of a bathroom is counted as a half one.',
  'price-range': 'Of a range of prices the lower end is taken.',
  'range-swapped': 'The ends stood in the wrong order and were swapped.',
  'room-range': 'Of a range the lower number is taken.',
  shortened: 'The text is too long for this field and was cut.',
  'thousands-separator-dot': 'The dot is read as a thousands separator.',
  'two-digit-year': 'The year had two digits: up to 68 it is of this century.',
  'unit-guessed': 'The unit was missing: up to 50 is read as acres, from 1,000 as square feet.',
  'vacation-swapped': 'The ends stood in the wrong order and were swapped.',
  'year-of-date': 'The year was taken from a full date.',
  'zero-as-no-maximum': 'An upper end of 0 is read as no upper end.',

  'address-unclear': 'No town with this name is known, so what could be the town was left with the street.',
  'area-not-positive': 'An area must be more than zero.',
  'area-too-high': 'The area is too large to be plausible.',
  'area-too-low': 'The area is too small to be plausible.',
  'areas-differ': 'The field gives two areas that do not agree.',
  'coordinates-abroad': 'The place is not in the United States.',
  'coordinates-zero': 'The coordinates are 0, 0: none were known.',
  'criteria-contradict': 'The criteria contradict each other.',
  'criterion-outside-query': 'The criterion stands beside the query, where the old CRM did not look.',
  'criterion-unclear': 'This criterion could not be understood.',
  'criterion-unknown': 'There is no criterion by this name.',
  'currency-unknown': 'The currency is not known; only US dollars are read.',
  'date-ambiguous': 'Day, month and year cannot be told apart.',
  'date-incomplete': 'A year or a month alone is not a date.',
  'date-out-of-range': 'The date lies before 1900 or after 2200.',
  'far-from-postal-code': 'The place is more than 100 km from its ZIP code.',
  'frequency-unknown': 'No frequency is called like this.',
  'language-unknown': 'No language is called like this; languages that are known were taken.',
  'name-is-an-email': 'The name is an e-mail address.',
  'not-a-budget': 'The budget could not be understood completely.',
  'not-a-number': 'This is not a number that the field can hold.',
  'not-a-phone-number': 'There is something that is not a valid phone number; valid ones beside it were taken.',
  'not-a-polygon': 'This is not the outline of an area.',
  'not-a-postal-code': 'This is not a ZIP code.',
  'not-a-query': 'The search could not be read.',
  'not-a-reference': 'This does not name another record.',
  'not-a-slack-id': 'This is not a Slack user id, such as U024BE7LH.',
  'not-a-vacation': 'This is not a time away with a first and a last day.',
  'not-a-year': 'This is not a year in which a home could have been built.',
  'not-an-area': 'This is not an area; others beside it were taken.',
  'not-an-email': 'There is something that is not a usable e-mail address; usable ones beside it were taken.',
  'not-an-mls-number': 'This is not an MLS number.',
  'not-coordinates': 'These are not coordinates.',
  'not-notes': 'A note has no text; others were taken.',
  'not-photos': 'These are not photos.',
  'not-valid': 'The value is not one that this field can hold.',
  'not-working-hours': 'There are hours that could not be understood; others were taken.',
  'not-yes-or-no': 'This says neither yes nor no.',
  'photo-without-url': 'A photo has no usable address; it is counted, but not shown.',
  'opt-out-unclear': 'It cannot be told whether the person opted out; it is taken as if they had.',
  'place-unclear': 'The place could not be understood.',
  'price-not-positive': 'There is no price: it is zero or less.',
  'query-unreadable': 'The search could not be read.',
  'range-unclear': 'The range could not be understood completely.',
  'source-unknown': 'No source is called like this; it is filed under Other.',
  'stage-unknown': 'No stage is called like this.',
  'status-unknown': 'No status is called like this.',
  'timeframe-unknown': 'No time frame is called like this.',
  'too-long': 'The text is far longer than anything this field can hold.',
  'type-unknown': 'No type of home is called like this.',
  'unit-missing': 'Without a unit this could be acres or square feet.',
  'unit-unknown': 'The unit is not known.',
};

/** Codes that are a sentence of their own, the words joined by dashes. */
const spokenCodes: readonly (readonly [pattern: RegExp, sentence: (words: string) => string])[] = [
  [/^not-([a-z-]+)$/, (thing) => `This is not ${thing}.`],
  [/^([a-z-]+)-too-low$/, (thing) => `The ${thing} is too low to be plausible.`],
  [/^([a-z-]+)-too-high$/, (thing) => `The ${thing} is too high to be plausible.`],
  [/^([a-z-]+)-differ$/, (things) => `There are two ${things} that do not agree.`],
];

/** A sentence for a warning's code; `undefined` for a code that is not known. `currency-eur` names the currency. */
export const warningMeaning = (code: string): string | undefined => {
  if (Object.hasOwn(meanings, code)) return meanings[code];
  const currency = /^currency-([a-z]{3})$/.exec(code)?.[1];
  if (currency !== undefined) {
    return `The amount is in another currency (${currency.toUpperCase()}); only US dollars are read.`;
  }
  for (const [pattern, sentence] of spokenCodes) {
    const words = pattern.exec(code)?.[1];
    if (words !== undefined) return sentence(words.replaceAll('-', ' '));
  }
  return undefined;
};
