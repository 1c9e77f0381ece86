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

/** What is news of a home to a lead, of whom `alerts` are all that is due about it; `null`: nothing. */
export const findNews = (alerts: readonly DueAlert[], home: Home): Found | null => {
  const alert = alerts.reduce((newest, one) => (one.changePosition > newest.changePosition ? one : newest));
  // What one search of theirs has shown them, they know.
  const known = alerts.map((one) => knownHome(one, home)).find((one) => one !== null) ?? null;
  const news = newsOf(
    known,
    forSale(home),
    alerts.every(({ cameBack }) => cameBack),
  );
  return news === null ? null : { alert, alerts, home, known, news };
};

/** The home as the buyer knows it: as they were told, else as their search showed it when it began. */
const knownHome = ({ wasTold, seenStatus, seenPrice, criteria }: DueAlert, home: Home): KnownHome | null => {
  if (wasTold) return { standardStatus: seenStatus ?? 'Active', listPrice: seenPrice };
  if (seenStatus === null || !matches(criteria, { ...home, listPrice: seenPrice })) return null;
  return { standardStatus: seenStatus, listPrice: seenPrice };
};
