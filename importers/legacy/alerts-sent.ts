import { type Reference, readReference } from './fields/ids/reference.ts';
import { readTimestamp } from './fields/times/date.ts';
import { type DocumentWith, readsOnly, type SetAside, setAside, timesOf } from './mapping.ts';

/** A document of `alerts_sent`: the lead of that search was told of that listing. `sentAt` is ISO 8601. */
export type AlertSent = { readonly search: Reference; readonly listing: Reference; readonly sentAt: string };

/** Before anything the old CRM can have sent: what is sent at an unknown time counts as told once, and stops no later news. */
const longAgo = '1970-01-01T00:00:00.000Z';

/** The fields of a document that are read. */
const alertNames = ['searchId', 'propertyId', 'sentAt'] as const;
export const alertSentReads = readsOnly(alertNames);

/** A document of `alerts_sent`. Set aside when it does not say which search or which listing it was. */
export const mapAlertSent = (document: DocumentWith<(typeof alertNames)[number]>): AlertSent | SetAside => {
  const search = readReference(document.searchId).value;
  if (search === undefined)
    return setAside('search-missing', 'searchId', 'It does not say for which search it was sent.');
  const listing = readReference(document.propertyId).value;
  if (listing === undefined)
    return setAside('listing-missing', 'propertyId', 'It does not say which listing was sent.');
  const sentAt = readTimestamp(document.sentAt).value ?? timesOf(document).createdAt ?? longAgo;
  return { search, listing, sentAt };
};
