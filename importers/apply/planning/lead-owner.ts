import { type HistoryStep, ownerAfter } from './lead-history.ts';

type Ownership = {
  readonly history: readonly HistoryStep[];
  /** The steps that are not on record yet. */
  readonly fresh: readonly HistoryStep[];
  /** Whom the contact names. */
  readonly said: string | undefined;
  /** As `said`, if it changed; `null` when it no longer names anyone. */
  readonly changed: string | null | undefined;
  /** Fresh steps that are on record with a lead that turned out to be this one: repeated, and not news. */
  readonly known: ReadonlySet<string>;
  /** Who has the lead now, and who shall have it before the news. */
  readonly current: string | null | undefined;
  readonly before: string | null | undefined;
};

/** Who must own the lead after the fresh steps; `undefined` when they decide, or nothing does. */
export const lastOwner = ({
  history,
  fresh,
  known,
  said,
  changed,
  current,
  before,
}: Ownership): string | null | undefined => {
  if (!fresh.some((step) => step.sets !== undefined)) {
    if (changed !== undefined) return changed;
    return before === current ? undefined : before;
  }
  if (said !== undefined) return said;
  const newest = history.findLast((step) => step.sets !== undefined);
  // Late news of long ago: the owner stays who it is.
  const isNews = newest !== undefined && fresh.includes(newest) && !known.has(newest.markedAs);
  return isNews ? ownerAfter(fresh) : (before ?? null);
};
