/** Lookup values of the RESO Data Dictionary 2.1, spelled as in RESO. */

export const standardStatuses = [
  'Active',
  'Active Under Contract',
  'Canceled',
  'Closed',
  'Coming Soon',
  'Delete',
  'Expired',
  'Hold',
  'Incomplete',
  'Pending',
  'Withdrawn',
] as const;
export type StandardStatus = (typeof standardStatuses)[number];

const changeTypes = [
  'New Listing',
  'Price Change',
  'Back On Market',
  'Active',
  'Active Under Contract',
  'Pending',
  'Closed',
  'Coming Soon',
  'Hold',
  'Withdrawn',
  'Canceled',
  'Expired',
  'Deleted',
] as const;
export type ChangeType = (typeof changeTypes)[number];

export const propertyTypes = [
  'Residential',
  'Residential Lease',
  'Residential Income',
  'Land',
  'Farm',
  'Manufactured In Park',
  'Commercial Sale',
] as const;
export type PropertyType = (typeof propertyTypes)[number];

export const propertySubTypes = [
  'Single Family Residence',
  'Condominium',
  'Townhouse',
  'Duplex',
  'Multi Family',
  'Manufactured Home',
  'Mobile Home',
  'Unimproved Land',
] as const;
export type PropertySubType = (typeof propertySubTypes)[number];

/** FeeFrequency. */
export const associationFeeFrequencies = [
  'Annually',
  'Bi-Monthly',
  'Bi-Weekly',
  'Daily',
  'Monthly',
  'One Time',
  'Quarterly',
  'Seasonal',
  'Semi-Annually',
  'Semi-Monthly',
  'Weekly',
] as const;
export type AssociationFeeFrequency = (typeof associationFeeFrequencies)[number];

export const memberStatuses = ['Active', 'Inactive'] as const;

/** RESO's ScheduleType has ASAP, Daily and Monthly; the old CRM also offered Weekly. */
export const scheduleTypes = ['ASAP', 'Daily', 'Weekly'] as const;
export type ScheduleType = (typeof scheduleTypes)[number];
