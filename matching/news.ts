import { changeTypeOfStatus, isShown } from '../domain/listing/index.ts';
import type { ChangeType, StandardStatus } from '../domain/reso.ts';

/** A home as buyers see it: its price, and whether it is for sale. `null`: the price is not known. */
export type HomeForSale = { readonly standardStatus: StandardStatus; readonly listPrice: number | null };

/** A home as one buyer knows it; `listPrice` is the last known price. */
export type KnownHome = HomeForSale;

/** What a message says about a home. `previousListPrice`: the price that the buyer knew, if it has changed. */
export type News = { readonly changeType: ChangeType; readonly previousListPrice: number | null };

/**
 * What one buyer should hear about a home: the difference between what this buyer knows and the home's present state,
 * however many changes there were in between.
 *
 * - A home that the buyer does not know is new, whatever its former price; `cameBack` means that it was off the market
 *   before.
 * - An unknown price ("Call") is not a change, whether it appears or disappears.
 * - Going from one off-market status to another (Pending, then Closed) is not news: the buyer knows that the home is
 *   gone.
 *
 * @returns `null` if there is no difference that a buyer cares about
 */
export const newsOf = (known: KnownHome | null, home: HomeForSale, cameBack = false): News | null => {
  if (known === null) return isShown(home.standardStatus) ? newToBuyer(home, cameBack) : null;
  const previousListPrice = priceDiffers(known.listPrice, home.listPrice) ? known.listPrice : null;
  if (!isShown(home.standardStatus)) {
    return isShown(known.standardStatus)
      ? { changeType: changeTypeOfStatus(home.standardStatus) ?? 'Withdrawn', previousListPrice: null }
      : null;
  }
  const changeType = statusNews(known.standardStatus, home.standardStatus);
  if (changeType !== null) return { changeType, previousListPrice };
  return previousListPrice === null ? null : { changeType: 'Price Change', previousListPrice };
};

const newToBuyer = ({ standardStatus }: HomeForSale, cameBack: boolean): News => ({
  changeType: standardStatus === 'Coming Soon' ? 'Coming Soon' : cameBack ? 'Back On Market' : 'New Listing',
  previousListPrice: null,
});

/** Both are on the market. "Coming soon" after "active" is not news. */
const statusNews = (before: StandardStatus, now: StandardStatus): ChangeType | null => {
  if (!isShown(before)) return now === 'Coming Soon' ? 'Coming Soon' : 'Back On Market';
  return before === 'Coming Soon' && now === 'Active' ? 'Active' : null;
};

const priceDiffers = (before: number | null, now: number | null): boolean =>
  before !== null && now !== null && before !== now;

/** What a buyer knows about a home after a message with its present state. */
export const knownAfter = (known: KnownHome | null, home: HomeForSale): KnownHome => ({
  standardStatus: home.standardStatus,
  listPrice: home.listPrice ?? known?.listPrice ?? null,
});
