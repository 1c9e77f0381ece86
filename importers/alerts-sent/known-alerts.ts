import type { LegacyAlert } from '../../delivery/sent-memory.ts';
import type { AnyDatabase } from '../database.ts';
import type { Reference } from '../legacy/fields/ids/reference.ts';
import { findDocuments } from '../staging/references/find-documents.ts';

/**
 * Who was sent which listing by these rows; `undefined` if the search or the listing is not known (yet), or is
 * ambiguous.
 */
export const knownAlerts = async (
  db: AnyDatabase,
  rows: readonly { readonly search: Reference; readonly listing: Reference; readonly sentAt: string }[],
): Promise<(LegacyAlert | undefined)[]> => {
  const searches = await findDocuments(
    db,
    'savedsearches',
    rows.map(({ search }) => search),
  );
  // Most that wait, wait for their search: then nobody needs to know the listing.
  const listings = await findDocuments(
    db,
    'properties',
    rows.flatMap(({ search, listing }) => (searches.has(search) ? listing : [])),
  );
  return rows.map(({ search, listing, sentAt }) => {
    const [wish, home] = [searches.get(search), listings.get(listing)];
    if (wish === undefined || home === undefined || wish === 'ambiguous' || home === 'ambiguous') return undefined;
    if (wish.contactKey === null) return undefined;
    return { contactKey: wish.contactKey, listingKey: home.recordKey, savedSearchKey: wish.recordKey, sentAt };
  });
};
