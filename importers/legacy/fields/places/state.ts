import { asList, nothing, type Reading, reader, unclear, understood } from '../../reading.ts';

const names =
  'AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|PR Puerto Rico|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VI Virgin Islands|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming';

const states = new Map(
  names.split('|').flatMap((entry) => {
    const code = entry.slice(0, 2);
    return [
      [code.toLowerCase(), code],
      [entry.slice(3).toLowerCase(), code],
    ] as const;
  }),
);
states.set('fla', 'FL');

/** `"FL"`, `"fl."`, `"Florida"`, as the two-letter postal code. */
export const readState = reader(40, (found): Reading<string> => {
  const state = typeof found === 'string' ? stateCode(found) : undefined;
  return state === undefined ? unclear('not-a-state') : understood(state);
});

/** `["FL", "Georgia"]` or `"FL, GA"`: each state once; what is not a state is left out, with a warning. */
export const readStates = reader(2_000, (found): Reading<string[]> => {
  const parts = asList(found);
  if (parts === undefined) return unclear('not-a-list');
  const codes = parts.map((part) => (typeof part === 'string' ? stateCode(part) : undefined));
  const known = codes.filter((code) => code !== undefined);
  if (known.length === 0) return parts.length === 0 ? nothing : unclear('not-a-state');
  return understood([...new Set(known)], known.length < codes.length ? 'not-a-state' : undefined);
});

/** The two-letter postal code for the name or code of a state in a short text; `undefined` for anything else. */
export const stateCode = (found: string): string | undefined =>
  states.get(found.trim().toLowerCase().replace(/\s+/g, ' ').replaceAll('.', ''));
