import { number, oneLine, shortened } from '../../platform/wording/words.ts';
import type { ShownReason } from './lead-facts.ts';

/** More reasons than this are only counted. */
const reasonsShown = 3;
/** What was found may be a whole document. */
const foundLength = 40;

/** The reasons of a search on hold as a list shows them, and how many more there are. */
export type HoldShown = {
  readonly reasons: readonly Pick<ShownReason, 'words' | 'found'>[];
  readonly more: number;
};

/**
 * The first reasons why a search is on hold, each with what was found on one line. The record's page shows all of them whole.
 *
 * @param first the code of the reasons that are shown before the others
 */
export const holdShown = (reasons: readonly ShownReason[], first?: string): HoldShown => {
  const [wanted, others] = [reasons.filter(({ code }) => code === first), reasons.filter(({ code }) => code !== first)];
  const shown = [...wanted, ...others].slice(0, reasonsShown);
  return {
    reasons: shown.map(({ words, found }) => ({ words, found: shortened(oneLine(found), foundLength) })),
    more: reasons.length - shown.length,
  };
};

/** The same as text: `no criteria: {}; a place that is not understood: {"city":"?"}; and 4 more`. */
export const holdInWords = (all: readonly ShownReason[], between = '; '): string => {
  const { reasons, more } = holdShown(all);
  return [
    ...reasons.map(({ words, found }) => `${words}: ${found}`),
    ...(more === 0 ? [] : [`and ${number(more)} more`]),
  ].join(between);
};
