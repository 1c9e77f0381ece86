import type { TestContext } from 'node:test';
import { connectMongo } from '../../../importers/mongo/connect.ts';
import { cutOver } from '../../../importers/owned/cutover.ts';
import { compareSides } from '../../../importers/owned/parity.ts';
import { repairParity } from '../../../importers/owned/repair.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { byPerson } from '../support/importer.ts';
import type { Owning } from './owning.ts';

/** Who asks for a cutover or a repair, and why. */
export const because = { ...byPerson, reason: 'Agents have moved' };

/** The checks that did not hold. */
export const missingIn = ({ checks }: Awaited<ReturnType<typeof cutOver>>): string[] =>
  checks.filter(({ ok }) => !ok).map(({ what }) => what);

/** Comparing, repairing and handing over, with a connection to the old CRM of this world. */
export const connected = async (t: TestContext, world: Owning) => {
  const mongo = await connectMongo(world.mongo.url);
  t.after(() => mongo.close());
  const deps = { db: world.db, store: world.store, clock: fixedClock(new Date().toISOString()) };
  return {
    deps,
    mongo,
    compare: (type: 'listing' | 'lead' | 'agent') => compareSides(deps, mongo, type, { mapping: world.mapping }),
    repair: (type: 'listing' | 'lead' | 'agent', dryRun: boolean) =>
      repairParity(deps, mongo, type, { mapping: world.mapping, dryRun }, because),
    hand: (
      owner: 'legacy' | 'openhouse',
      {
        acceptDifferences = false,
        dryRun = false,
        follow = world.followed as Parameters<typeof cutOver>[4]['follow'],
      } = {},
    ) => {
      const options = { mapping: world.mapping, dryRun, acceptDifferences, follow };
      return cutOver(deps, mongo, 'listing', owner, options, because);
    },
  };
};
