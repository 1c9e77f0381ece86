import type { Reference } from './fields/ids/reference.ts';
import { readTimestamp } from './fields/times/date.ts';
import type { Looked } from './looked.ts';
import { type SetAside, setAside, timesOf } from './mapping.ts';

/** An alert that was sent: the old CRM sent this listing to the lead of this search. `sentAt` is ISO 8601. */
export type AlertSent = { readonly search: Reference; readonly listing: Reference; readonly sentAt: string };

/** Earlier than anything the old CRM sent. An alert without a time counts as sent, but never suppresses later news. */
const longAgo = '1970-01-01T00:00:00.000Z';

export const alertSentSlots = ['savedSearchKey', 'listingKey', 'sentAt'] as const;
export type AlertSentLook = Looked<(typeof alertSentSlots)[number]>;

/** Maps an alert that was sent; sets it aside if it names no search or no listing. */
export const mapAlertSent = (look: AlertSentLook): AlertSent | SetAside => {
  const search = look.reference('savedSearchKey').value;
  if (search === undefined) {
    const reason = 'The document does not say which search it was sent for.';
    return setAside('search-missing', look.path('savedSearchKey'), reason);
  }
  const listing = look.reference('listingKey').value;
  if (listing === undefined)
    return setAside('listing-missing', look.path('listingKey'), 'The document does not say which listing was sent.');
  const sentAt = readTimestamp(look.first('sentAt')).value ?? timesOf(look).createdAt ?? longAgo;
  return { search, listing, sentAt };
};
