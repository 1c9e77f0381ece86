import assert from 'node:assert/strict';
import { alerts } from '../../../schedulers/alerts/job.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import type { World } from './world.ts';

/** A home, a buyer, and a search of hers that matches it. */
export const home = {
  standardStatus: 'Active',
  listPrice: 450_000,
  city: 'Boca Raton',
  stateOrProvince: 'FL',
  postalCode: '33432',
  bedroomsTotal: 3,
  unparsedAddress: '1 Ocean Drive, Boca Raton, FL 33432',
} as const;
export const ana = { firstName: 'Ana', email: 'ana@example.com' };
export const inBoca = {
  contactKey: 'ana',
  savedSearchName: 'Boca',
  criteria: { cities: ['boca raton'] },
  activeYN: true,
};

/** A tick a quarter of an hour later, with everything recorded by then; returns what it sent to whom. */
export const tick = async (world: World) => {
  const before = new Set((await world.outbox()).map((row) => row.dedupe_key));
  await world.catchUp();
  world.clock.advance(15 * 60_000);
  const outcome = await runJob(alerts, world.deps);
  assert.ok(outcome.ran);
  const sent = (await world.outbox())
    .filter((row) => !before.has(row.dedupe_key))
    .flatMap((row) => row.context.homes.map((one) => `${row.contact_key}: ${one.changeType} ${one.listingKey}`));
  return { sent: sent.sort(), ...outcome.result };
};
