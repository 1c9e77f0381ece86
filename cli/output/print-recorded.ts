import { exitCodes, userError } from '../../platform/errors.ts';
import type { EngineDeps } from '../../projections/index.ts';
import type { Context } from '../context.ts';
import { upgradeReadModels } from '../upgrade-read-models.ts';
import { explain, inWords } from './report-error.ts';

/**
 * Prints the result of a command that recorded events, after catching the read models up with these: otherwise none of it could be found
 * until the next `openhouse start`. The events are recorded either way, so the result is printed even if that fails or someone stops it.
 *
 * @param print gets the read models that are still behind
 * @throws UserError after printing, if someone stopped it
 */
export async function printRecorded(
  context: Context,
  deps: EngineDeps,
  print: (readModelsBehind: readonly string[]) => void,
): Promise<void> {
  const behind = await catchUpAfter(context, deps);
  if (behind.length > 0) context.exitWith(exitCodes.needsAttention);
  print(behind);
  if (behind.length > 0 && context.signal.aborted)
    throw userError('stopped while updating the read models', {
      code: 'read-models-behind',
      hint: 'Everything else is done and recorded. `openhouse start` and the next import update the read models.',
      exitCode: exitCodes.interrupted,
    });
}

/** @returns the read models that are still behind, after reporting them; `all` if none was tried, or someone stopped it */
const catchUpAfter = async (context: Context, given: EngineDeps): Promise<readonly string[]> => {
  const { catchUp } = await import('../../projections/index.ts');
  const { signal } = context;
  const deps = { ...given, signal };
  context.say('updating the read models…');
  try {
    for (const done of await upgradeReadModels(deps, (text) => context.say(`${text}…`))) context.say(done);
    const { projections } = await catchUp(deps, { signal });
    const behind = projections.filter(({ error }) => error !== null);
    for (const { name, error } of behind)
      context.say(`the read model ${name} is not up to date (${error}); \`openhouse start\` will continue`);
    return behind.map(({ name }) => name);
  } catch (error) {
    if (!signal.aborted) context.say(inWords(await explain(error)));
    return ['all'];
  }
};
