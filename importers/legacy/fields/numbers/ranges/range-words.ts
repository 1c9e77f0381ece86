import type { Measure } from '../quantities/measure.ts';
import { type Quantity, quantityAt } from '../quantities/quantity.ts';

/**
 * A range in words, cut into tokens, a letter each:
 * `A` amount · `D` dash or "to" · `C` "and", comma · `B` "between" · `F` "from" · `L` "at least" · `H` "at most" · `U` "min" · `V` "max" ·
 * `P` "+", "or more" · `S` "or less" · `E` "exactly" · `N` "any" · `X` "no max" · `M` "no min".
 */
export type RangeTokens = { readonly kinds: string; readonly amounts: readonly Quantity[] };

const words: readonly (readonly [kind: string, pattern: RegExp])[] = [
  [
    'X',
    /(?:no|without|w\/o)\s(?:an?\s)?(?:upper\s(?:limit|bound|end)|max(?:imum)?\.?(?:\sprice|\sbudget)?)(?![a-z])|no\sceiling(?![a-z])/iy,
  ],
  [
    'M',
    /(?:no|without|w\/o)\s(?:an?\s)?(?:lower\s(?:limit|bound|end)|min(?:imum)?\.?(?:\sprice|\sbudget)?)(?![a-z])/iy,
  ],
  [
    'N',
    /(?:any(?:\s?(?:price|budget|amount|number|size|thing|one|where))?|all(?:\sprices)?|(?:no|without)\s(?:limits?|preference|restrictions?)|unlimited|open(?:[\s-]ended)?|doesn['’]?t\smatter|(?:does\snot|don['’]?t|do\snot)\s(?:matter|care)|whatever|∞|infinity)(?![a-z])/iy,
  ],
  ['S', /(?:or|and)\s(?:less|lower|under|below|fewer|down|cheaper|smaller)(?![a-z])/iy],
  [
    'P',
    /\+|(?:or|and|&)\s(?:more|higher|over|above|up(?:wards?)?|greater|better|larger|bigger)(?![a-z])|plus(?![a-z])|upwards?(?![a-z])/iy,
  ],
  [
    'H',
    /(?:<=?|=<|≤|⩽)|(?:under|below|up\s?to|upto|(?:no|not)\smore\sthan|(?:less|lower|fewer|cheaper|smaller)\sthan(?:\sor\sequal\sto)?|at\s(?:the\s)?most|not\s(?:over|above)|within|until|till|lte?)(?![a-z])/iy,
  ],
  [
    'L',
    /(?:>=?|=>|≥|⩾)|(?:over|above|(?:no|not)\s(?:less|fewer)\sthan|(?:more|greater|higher|larger|bigger)\sthan(?:\sor\sequal\sto)?|at\s(?:the\s)?least|not\s(?:under|below)|gte?|starting\s(?:at|from)|upwards?\sof|north\sof)(?![a-z])/iy,
  ],
  ['B', /(?:between|btwn|btw)(?![a-z])/iy],
  ['F', /from(?![a-z])/iy],
  ['V', /max(?:imum)?(?![a-z])\.?(?:\s?[:=])?(?:\sof(?![a-z]))?/iy],
  ['U', /min(?:imum)?(?![a-z])\.?(?:\s?[:=])?(?:\sof(?![a-z]))?/iy],
  ['E', /(?:exactly|only|equals?)(?![a-z])|={1,2}/iy],
  ['D', /[-‐‑‒–—―−~〜]+|\.{2,3}|…|(?:to|through|thru|a)(?![a-z$])/iy],
  ['C', /(?:and|but|with)(?![a-z])|[,;&]/iy],
];

const label =
  /^(?:(?:(?:list|asking|purchase)\s)?(?:price|budget)(?:\srange)?|range|asking|listed(?:\s(?:at|for))?)\s?[:=]?\s*(?=\S)/i;

/** The tokens of a short text; `undefined` if it contains anything else. */
export const rangeTokens = (found: string, measure: Measure): RangeTokens | undefined => {
  const text = found
    .replace(/\s+/g, ' ')
    .trim()
    .replace(label, '')
    .replace(/(?<=[a-z0-9+])\.$/i, '');
  let kinds = '';
  const amounts: Quantity[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] === ' ') {
      at++;
      continue;
    }
    const word = wordAt(text, at);
    if (word !== undefined) {
      kinds += word.kind;
      at = word.end;
      continue;
    }
    const unit = kinds.endsWith('P') || kinds.endsWith('S') ? unitAfter(text, at, measure) : undefined;
    const last = amounts.at(-1);
    if (unit !== undefined && last !== undefined && (last.factor === undefined || last.factor === unit.factor)) {
      // "1,800+ sqft": the unit follows the sign.
      amounts[amounts.length - 1] = { ...last, factor: unit.factor };
      at = unit.end;
      continue;
    }
    const amount = quantityAt(text, at, measure);
    if (amount === undefined) return undefined;
    kinds += 'A';
    amounts.push(amount.quantity);
    at = amount.end;
  }
  return { kinds, amounts };
};

const wordAt = (text: string, at: number): { readonly kind: string; readonly end: number } | undefined => {
  for (const [kind, pattern] of words) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) return { kind, end: at + found[0].length };
  }
  return undefined;
};

/** A unit on its own is read like the unit of "1". */
const unitAfter = (text: string, at: number, measure: Measure) => {
  const found = /^[a-z. ²]{1,20}2?/i.exec(text.slice(at))?.[0];
  if (found === undefined) return undefined;
  const one = quantityAt(`1 ${found}`, 0, measure);
  const factor = one?.quantity.factor;
  return one === undefined || factor === undefined ? undefined : { factor, end: at + one.end - 2 };
};
