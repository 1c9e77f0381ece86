import type { ChangeType, StandardStatus } from '../reso.ts';
import type { ListingEvent } from './events.ts';

const byStatus: Record<StandardStatus, ChangeType | null> = {
  Active: 'Active',
  'Active Under Contract': 'Active Under Contract',
  Canceled: 'Canceled',
  Closed: 'Closed',
  'Coming Soon': 'Coming Soon',
  Delete: 'Deleted',
  Expired: 'Expired',
  Hold: 'Hold',
  Incomplete: null,
  Pending: 'Pending',
  Withdrawn: 'Withdrawn',
};

const leftTheMarket: readonly StandardStatus[] = [
  'Active Under Contract',
  'Canceled',
  'Closed',
  'Expired',
  'Hold',
  'Pending',
  'Withdrawn',
];

/** What it means for the market that a listing enters a status (RESO ChangeType); `null` if nothing. */
export const changeTypeOfStatus = (status: StandardStatus): ChangeType | null => byStatus[status];

/**
 * What an event of a listing means for the market (RESO ChangeType); `null` if it is not news: corrections, pictures,
 * merges. A home entered as active is a new listing; one that returns from an off-market status is back on the market.
 */
export const changeTypeOf = (event: ListingEvent): ChangeType | null => {
  switch (event.type) {
    case 'ListingEntered':
      return event.data.standardStatus === 'Active' ? 'New Listing' : byStatus[event.data.standardStatus];
    case 'ListPriceChanged':
      return event.data.listPrice === null ? null : 'Price Change';
    case 'StandardStatusChanged':
      if (event.data.standardStatus !== 'Active') return byStatus[event.data.standardStatus];
      return leftTheMarket.includes(event.data.previousStandardStatus) ? 'Back On Market' : 'Active';
    case 'ListingMediaChanged':
    case 'ListAgentChanged':
    case 'ListingDetailsCorrected':
    case 'ListingMerged':
    case 'ListingSplit':
    case 'ListingSplitFrom':
    case 'ListingMergedInto':
      return null;
    default:
      return event satisfies never;
  }
};
