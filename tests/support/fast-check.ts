import { randomInt } from 'node:crypto';
import fc from 'fast-check';

/**
 * fast-check, as every test uses it: with the same random numbers in every run, so that a property does not fail on one machine and
 * pass on another. A property that runs too long to end, or shrinks for too long, is reported as a failure with the smallest
 * counterexample so far.
 *
 * - `OPENHOUSE_TEST_SEED`: another seed (a whole number), or `random`, to look for faults that the usual seed does not show.
 * - `OPENHOUSE_TEST_RUNS`: how many times as many runs as usual; for instance 20.
 */
export default fc;

/** The variable by which `tests/run.ts` gives one seed to all test files. */
export const seedVariable = 'OPENHOUSE_TEST_SEED';
const runsVariable = 'OPENHOUSE_TEST_RUNS';

/** The seed of all properties. @throws when the variable is neither a whole number nor `random` */
export const testSeed = (): number => {
  const given = process.env[seedVariable] ?? '1';
  if (given === 'random') return randomInt(2 ** 31);
  if (!/^-?\d{1,10}$/.test(given)) throw new Error(`${seedVariable} is neither a whole number nor "random": ${given}`);
  return Number(given);
};

const times = Number(process.env[runsVariable] ?? 1);
if (!(times > 0)) throw new Error(`${runsVariable} is not a positive number: ${process.env[runsVariable]}`);

/** How often a property is tried: `usual` times, unless `OPENHOUSE_TEST_RUNS` asks for more. */
export const runs = (usual: number): number => Math.max(1, Math.round(usual * times));

fc.configureGlobal({
  seed: testSeed(),
  numRuns: runs(100),
  interruptAfterTimeLimit: Math.max(1, times) * 4 * 60_000,
  markInterruptAsFailure: true,
});
