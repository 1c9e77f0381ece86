import assert from 'node:assert/strict';
import { sameMeaning } from '../../../../domain/changes.ts';
import { type Conflict, conflictNumbered, openConflicts } from '../../../../importers/differences/conflicts.ts';
import { domainFields } from '../../../../importers/owned/labels.ts';
import { loadOwned } from '../../../../importers/owned/record-view.ts';
import { acceptConflict, refuseConflict } from '../../../../importers/owned/resolve-conflict.ts';
import { isUserError } from '../../../../platform/errors.ts';
import { byPerson } from '../../support/importer.ts';
import type { World } from './world.ts';

/**
 * People who decide about a share of the open conflicts: they accept, accept some fields, or refuse, sometimes two at once.
 * @param calm nothing else happens meanwhile, so everyone who tries succeeds in the end
 */
export const decideSome = async (world: World, random: () => number, share: number, calm = true): Promise<void> => {
  for (const { conflictId } of await openConflicts(world.db)) {
    if (random() >= share) continue;
    const people = random() < 0.15 ? 2 : 1;
    const decisions = Array.from({ length: people }, () => decision(world, random, conflictId));
    // What has changed here since it was last shown is shown first.
    if (!(await areMade(decisions)) && !(await areMade(decisions))) {
      assert.ok(!calm, `conflict ${conflictId} was not decided`);
      continue;
    }
    await isHonoured(world, (await conflictNumbered(world.db, conflictId))!);
  }
};

type Decision = () => Promise<Conflict>;

/** What a person does about a conflict as it is when they do it. */
const decision = (world: World, random: () => number, conflictId: string): Decision => {
  const [dice, seed] = [random(), random()];
  const context = {
    ...byPerson,
    reason: 'Asked',
    correlationId: `conflict ${conflictId}`,
    causationId: `conflict ${conflictId} ${seed}`,
  };
  return async () => {
    if (dice < 0.35) return await refuseConflict(world, conflictId, context);
    const { aggregate, fields } = (await conflictNumbered(world.db, conflictId))!;
    if (dice < 0.65) return await acceptConflict(world, conflictId, context);
    const names = Object.keys(fields);
    // Each bit of a number says whether a field is accepted; at least one is.
    const chosen = 1 + Math.floor(seed * (2 ** names.length - 1));
    const only = names.filter((_, index) => (chosen & (1 << index)) !== 0);
    const shown = only.map((name) => (dice < 0.8 ? name : (domainFields[aggregate][name] ?? name)));
    return await acceptConflict(world, conflictId, context, shown);
  };
};

/** @returns whether one person decided; whoever was too late, or had not seen the present values, changed nothing */
const areMade = async (decisions: readonly Decision[]): Promise<boolean> => {
  const outcomes = await Promise.allSettled(decisions.map((decide) => decide()));
  const made = outcomes.filter(({ status }) => status === 'fulfilled').length;
  for (const one of outcomes) {
    if (one.status === 'fulfilled') continue;
    const error: unknown = one.reason;
    if (!isUserError(error) || !['conflict-not-open', 'conflict-changed'].includes(error.code)) throw error;
  }
  assert.ok(made <= 1, 'two people decided about the same conflict');
  return made === 1;
};

/** What was accepted is what openhouse says now, and what was refused has not changed it. */
const isHonoured = async ({ store }: World, conflict: Conflict): Promise<void> => {
  const { conflictId, aggregate, recordKey, resolution, fields } = conflict;
  const { state } = await loadOwned(store, aggregate, recordKey);
  for (const [name, { legacy, openhouse, acceptedYN = resolution === 'accepted' }] of Object.entries(fields)) {
    const expected = acceptedYN ? legacy : openhouse;
    assert.ok(
      sameMeaning(state.fields[name], expected),
      `conflict ${conflictId} of ${aggregate} ${recordKey} was ${resolution}: ${name} is ${JSON.stringify(state.fields[name])}, not ${JSON.stringify(expected)}`,
    );
  }
};
