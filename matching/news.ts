import { changeTypeOfStatus, isShown } from '../domain/listing/index.ts';
import type { ChangeType, StandardStatus } from '../domain/reso.ts';

/** A home as buyers see it: what it costs and whether they can buy it. `null`: the price is not known. */
export type HomeForSale = { readonly standardStatus: StandardStatus; readonly listPrice: number | null };

/** A home as one buyer knows it; `listPrice` is the last price that was known. */
export type KnownHome = HomeForSale;

/** What a message says of a home. `previousListPrice`: the price that the buyer knew, when it is another one now. */
export type News = { readonly changeType: ChangeType; readonly previousListPrice: number | null };

/**
 * What one buyer should hear about a home: the difference between what this buyer knows and the home now, however many
 * changes lie in between.
 *
 * - A home the buyer does not know is new, whatever it cost before; `cameBack` says that it had been off the market.
 * - An unknown price ("Call") is no change: neither when it comes nor when it goes.
 * - From one state off the market to another (Pending, then Closed) is no news: the buyer knows that it is gone.
 *
 * @returns `null` when there is no difference that a buyer cares about
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

/** Both are on the market now. A home that is announced again after it was active says nothing new. */
const statusNews = (before: StandardStatus, now: StandardStatus): ChangeType | null => {
  if (!isShown(before)) return now === 'Coming Soon' ? 'Coming Soon' : 'Back On Market';
  return before === 'Coming Soon' && now === 'Active' ? 'Active' : null;
};

const priceDiffers = (before: number | null, now: number | null): boolean =>
  before !== null && now !== null && before !== now;

/** What a buyer knows of a home after a message about it as it is now. */
export const knownAfter = (known: KnownHome | null, home: HomeForSale): KnownHome => ({
  standardStatus: home.standardStatus,
  listPrice: home.listPrice ?? known?.listPrice ?? null,
});
