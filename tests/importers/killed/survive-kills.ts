import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { exitCodes } from '../../../platform/errors.ts';
import type { TestMongo } from '../../support/mongo/start-mongo.ts';
import { randomOf } from '../../support/random.ts';
import { type TestImporter, testImporter } from '../support/importer.ts';
import type { CommandProcess } from './command-process.ts';
import type { Ended } from './commands.ts';
import { leftBy } from './left.ts';

/** Where commands run. */
export type Place = TestImporter & { readonly mongo?: TestMongo };

/** A command, or something else that happens in between; none of it may depend on what is random. */
export type Step =
  | {
      readonly command: (place: Place) => Promise<readonly string[]> | readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      /** The exit code; by default 0. */
      readonly code?: number;
      /** What it may answer instead when the run that was killed had done everything. */
      readonly alreadyDone?: RegExp;
      /** It is not killed: it only makes what others need, or others kill it. */
      readonly undisturbed?: true;
    }
  | { readonly happens: (place: Place) => Promise<unknown> };

/** `KILLED_SEEDS=100` for many runs, `KILLED_SEEDS=51-60` for some of them; each kills at other writes. */
const [first, last] = ((asked) => (asked.includes('-') ? asked.split('-').map(Number) : [1, Number(asked)]))(
  process.env.KILLED_SEEDS ?? '1',
);
const seeds = Array.from({ length: last! - first! + 1 }, (_, index) => first! + index);

/**
 * Runs commands undisturbed, and in another place kills each of them at some of its writes, or stops it there as Ctrl-C does, and runs
 * it again, until it ends by itself: after each command, both places are the same.
 */
export const surviveKills = async (
  t: TestContext,
  commands: CommandProcess,
  steps: readonly Step[],
  open: () => Promise<TestMongo | undefined> = async () => undefined,
): Promise<void> => {
  const undisturbed: { readonly left: Record<string, unknown>; readonly ended: Ended | undefined }[] = [];
  const placeOf = async (): Promise<Place> => {
    const mongo = await open();
    return Object.assign(await testImporter(t), mongo === undefined ? {} : { mongo });
  };
  const asking = async (place: Place, step: Extract<Step, { command: unknown }>) => ({
    command: await step.command(place),
    env: {
      DATABASE_URL: place.databaseUrl,
      EVENTSTORE_URL: place.eventStoreUrl,
      ...(place.mongo === undefined ? {} : { MONGO_URL: place.mongo.url }),
      ...step.env,
    },
  });
  const place = await placeOf();
  for (const step of steps) {
    if ('happens' in step) {
      await step.happens(place);
      undisturbed.push({ left: {}, ended: undefined });
      continue;
    }
    const asked = await asking(place, step);
    const ended = await commands.run({ ...asked, killAt: null, isStopped: false, laterMs: 0 });
    assert.equal(ended?.code, step.code ?? 0, `${asked.command.join(' ')}: ${ended?.output}`);
    undisturbed.push({ left: await leftBy(place, place.mongo), ended });
  }
  for (const seed of seeds) {
    const random = randomOf(seed);
    const killed = await placeOf();
    for (const [index, step] of steps.entries()) {
      if ('happens' in step) {
        await step.happens(killed);
        continue;
      }
      const { left, ended } = undisturbed[index]!;
      const { writes } = ended!;
      const asked = await asking(killed, step);
      const story: string[] = [`seed ${seed}: ${asked.command.join(' ')}`];
      for (let kills = 0; ; kills++) {
        // Often at the last one, when all is done but what says so.
        const isKilled = step.undisturbed !== true && (kills === 0 || (kills === 1 && random() < 0.1));
        const { length } = writes;
        const killAt = !isKilled ? null : random() < 0.3 ? length : 1 + Math.floor(random() * length);
        const laterMs = random() < 0.3 ? 1 + random() * 5 : 0;
        const isStopped = random() < 0.3;
        const now = await commands.run({ ...asked, killAt, isStopped, laterMs });
        if (now === undefined || (isKilled && now.code === exitCodes.interrupted)) {
          story.push(
            `${now === undefined ? 'killed' : 'stopped'} at ${killAt} of ${writes.length}${laterMs === 0 ? '' : `, ${laterMs} ms later`}: ${writes[killAt! - 1]}`,
          );
          continue;
        }
        story.push(`ended with ${now.code}: ${now.output}`);
        const isDone = kills > 0 && step.alreadyDone?.test(now.output);
        if (!isDone) assert.equal(now.code, step.code ?? 0, story.join('\n'));
        break;
      }
      assert.deepEqual(await leftBy(killed, killed.mongo), left, story.join('\n'));
    }
    await killed.close();
  }
};
