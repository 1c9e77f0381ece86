import { z } from 'zod';

/** Lookup values of the RESO Data Dictionary 2.1, written as RESO writes them. */

export const standardStatusSchema = z.enum([
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
]);
export type StandardStatus = z.infer<typeof standardStatusSchema>;

export const changeTypeSchema = z.enum([
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
]);
export type ChangeType = z.infer<typeof changeTypeSchema>;

export const propertyTypeSchema = z.enum([
  'Residential',
  'Residential Lease',
  'Residential Income',
  'Land',
  'Farm',
  'Manufactured In Park',
  'Commercial Sale',
]);
export type PropertyType = z.infer<typeof propertyTypeSchema>;

export const propertySubTypeSchema = z.enum([
  'Single Family Residence',
  'Condominium',
  'Townhouse',
  'Duplex',
  'Multi Family',
  'Manufactured Home',
  'Mobile Home',
  'Unimproved Land',
]);
export type PropertySubType = z.infer<typeof propertySubTypeSchema>;

export const memberStatusSchema = z.enum(['Active', 'Inactive']);
export type MemberStatus = z.infer<typeof memberStatusSchema>;

/** RESO's ScheduleType has ASAP, Daily, Monthly; Weekly is what the legacy CRM offered beside them. */
export const scheduleTypeSchema = z.enum(['ASAP', 'Daily', 'Weekly']);
export type ScheduleType = z.infer<typeof scheduleTypeSchema>;
