import type { Known } from '../changes.ts';
import type { StandardStatus } from '../reso.ts';
import type { ListingFields } from './schema.ts';

type Status = Known<Pick<ListingFields, 'standardStatus'>>;

/** The statuses in which buyers are sent a home. One under contract is not for sale to them. */
export const shownStatuses: readonly StandardStatus[] = ['Active', 'Coming Soon'];

export const isShown = (status: StandardStatus): boolean => shownStatuses.includes(status);

/**
 * The statuses of homes on the market, which buyers can still ask about. By RESO's definitions of StandardStatus, a home with an
 * accepted offer is on the market while it is Active Under Contract, and no longer when it is Pending or on Hold.
 */
export const onMarketStatuses: readonly StandardStatus[] = ['Active', 'Active Under Contract', 'Coming Soon'];

export const isOnMarket = ({ standardStatus }: Status): boolean =>
  standardStatus ? onMarketStatuses.includes(standardStatus) : false;

/** Whether a listing is a draft, or was deleted. */
export const isUnpublished = ({ standardStatus }: Status): boolean =>
  standardStatus === 'Delete' || standardStatus === 'Incomplete';

type Display = Known<Pick<ListingFields, 'internetEntireListingDisplayYN'>>;

/** Whether the owner lets a home be shown to the public. The same in SQL: `isDisplayedRow` in projections/listings/displayed.ts. */
export const isDisplayed = ({ internetEntireListingDisplayYN }: Display): boolean =>
  internetEntireListingDisplayYN !== false;

/** The address as the public may see it; `null` if it is not known, or the owner does not want it shown. */
export const publicAddressOf = ({
  internetAddressDisplayYN,
  unparsedAddress,
}: Known<Pick<ListingFields, 'internetAddressDisplayYN' | 'unparsedAddress'>>): string | null =>
  internetAddressDisplayYN === false ? null : unparsedAddress || null;
