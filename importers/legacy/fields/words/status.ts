import type { StandardStatus } from '../../../../domain/reso.ts';
import { entryOf, type Reading, reader, spelling, unclear, understood } from '../../reading.ts';

const statuses: Record<string, StandardStatus> = {
  active: 'Active',
  a: 'Active',
  act: 'Active',
  new: 'Active',
  backonmarket: 'Active',
  bom: 'Active',
  comingsoon: 'Coming Soon',
  cs: 'Coming Soon',
  pending: 'Pending',
  p: 'Pending',
  pnd: 'Pending',
  undercontract: 'Pending',
  uc: 'Pending',
  activeundercontract: 'Active Under Contract',
  auc: 'Active Under Contract',
  sold: 'Closed',
  s: 'Closed',
  sld: 'Closed',
  closed: 'Closed',
  withdrawn: 'Withdrawn',
  w: 'Withdrawn',
  expired: 'Expired',
  x: 'Expired',
  exp: 'Expired',
  cancelled: 'Canceled',
  canceled: 'Canceled',
  hold: 'Hold',
  onhold: 'Hold',
  incomplete: 'Incomplete',
  delete: 'Delete',
  deleted: 'Delete',
};

/**
 * RESO StandardStatus. Only known spellings are read. A person has to correct a typo ("Actve", "Pendig"), because the
 * status decides how a listing may be shown.
 */
export const readStandardStatus = reader(100, (found): Reading<StandardStatus> => {
  const status = typeof found === 'string' ? entryOf(statuses, spelling(found)) : undefined;
  return status === undefined ? unclear('status-unknown') : understood(status);
});
