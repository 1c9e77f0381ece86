import { type HistoryStep, ownerAfter } from './lead-history.ts';

type Ownership = {
  readonly history: readonly HistoryStep[];
  /** The steps that are not yet on record. */
  readonly fresh: readonly HistoryStep[];
  /** The owner named by the contact. */
  readonly said: string | undefined;
  /** `said` if it changed; `null` if the contact no longer names an owner. */
  readonly changed: string | null | undefined;
  /** New steps already on record with a lead that turned out to be this one: repetitions, not news. */
  readonly known: ReadonlySet<string>;
  /** The present owner, and the owner before the new steps. */
  readonly current: string | null | undefined;
  readonly before: string | null | undefined;
};

/** The owner that the lead must have after the new steps; `undefined` if they decide it, or nothing does. */
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
  // A late report of something long past does not change the owner.
  const isNews = newest !== undefined && fresh.includes(newest) && !known.has(newest.markedAs);
  return isNews ? ownerAfter(fresh) : (before ?? null);
};
