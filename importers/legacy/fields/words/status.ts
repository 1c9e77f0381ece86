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
 * RESO StandardStatus. Only known spellings are read: a typo ("Actve", "Pendig") is for a person to put right, since what a
 * listing may be shown as hangs on it.
 */
export const readStandardStatus = reader(100, (found): Reading<StandardStatus> => {
  const status = typeof found === 'string' ? entryOf(statuses, spelling(found)) : undefined;
  return status === undefined ? unclear('status-unknown') : understood(status);
});
