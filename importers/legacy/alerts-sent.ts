import { type Reference, readReference } from './fields/ids/reference.ts';
import { readTimestamp } from './fields/times/date.ts';
import { type DocumentWith, readsOnly, type SetAside, setAside, timesOf } from './mapping.ts';

/** A document of `alerts_sent`: the old CRM sent this listing to the lead of this search. `sentAt` is ISO 8601. */
export type AlertSent = { readonly search: Reference; readonly listing: Reference; readonly sentAt: string };

/** Earlier than anything the old CRM sent. An alert without a time counts as sent, but never suppresses later news. */
const longAgo = '1970-01-01T00:00:00.000Z';

/** The fields that this mapping reads. */
const alertNames = ['searchId', 'propertyId', 'sentAt'] as const;
export const alertSentReads = readsOnly(alertNames);

/** Maps a document of `alerts_sent`; sets it aside if it names no search or no listing. */
export const mapAlertSent = (document: DocumentWith<(typeof alertNames)[number]>): AlertSent | SetAside => {
  const search = readReference(document.searchId).value;
  if (search === undefined)
    return setAside('search-missing', 'searchId', 'The document does not say which search it was sent for.');
  const listing = readReference(document.propertyId).value;
  if (listing === undefined)
    return setAside('listing-missing', 'propertyId', 'The document does not say which listing was sent.');
  const sentAt = readTimestamp(document.sentAt).value ?? timesOf(document).createdAt ?? longAgo;
  return { search, listing, sentAt };
};
