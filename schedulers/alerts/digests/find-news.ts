import type { StandardStatus } from '../../../domain/reso.ts';
import { type HomeForSale, type KnownHome, type News, newsOf } from '../../../matching/news.ts';
import { matches } from '../../../matching/saved-search.ts';
import type { Home } from '../homes.ts';
import type { DueAlert } from './read-due-alerts.ts';

/** A home that is news to a lead, with all the searches that found it; `alert` is the one with the newest change. */
export type Found = {
  readonly alert: DueAlert;
  readonly alerts: readonly DueAlert[];
  readonly home: Home;
  readonly known: KnownHome | null;
  readonly news: News;
};

export const forSale = ({ standardStatus, listPrice }: Home): HomeForSale => ({
  standardStatus: standardStatus as StandardStatus,
  listPrice: listPrice ?? null,
});

/** What is news about a home to a lead; `alerts` are all that are due about it. `null`: nothing. */
export const findNews = (alerts: readonly DueAlert[], home: Home): Found | null => {
  const alert = alerts.reduce((newest, one) => (one.changePosition > newest.changePosition ? one : newest));
  // A home that one of the lead's searches has shown is known to the lead.
  const known = alerts.map((one) => knownHome(one, home)).find((one) => one !== null) ?? null;
  const news = newsOf(
    known,
    forSale(home),
    alerts.every(({ cameBack }) => cameBack),
  );
  return news === null ? null : { alert, alerts, home, known, news };
};

/** The home as the buyer knows it: as last sent, otherwise as it was when the search began. */
const knownHome = ({ wasSent, seenStatus, seenPrice, criteria }: DueAlert, home: Home): KnownHome | null => {
  if (wasSent) return { standardStatus: seenStatus ?? 'Active', listPrice: seenPrice };
  if (seenStatus === null || !matches(criteria, { ...home, listPrice: seenPrice })) return null;
  return { standardStatus: seenStatus, listPrice: seenPrice };
};
