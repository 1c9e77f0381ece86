import type { EngineDeps } from '../projections/index.ts';

/**
 * Brings read models that an older release made up to this one, which takes some seconds for every hundred thousand events, and says so.
 *
 * @returns what was done, one sentence a read model
 * @throws UserError when that needs a person
 */
export async function upgradeReadModels(
  deps: EngineDeps & { readonly signal: AbortSignal },
  say: (text: string) => void,
): Promise<string[]> {
  const { upgradeReadModels: upgrade } = await import('../projections/index.ts');
  const { startProgress } = await import('../platform/progress.ts');
  let bar: ReturnType<typeof startProgress> | undefined;
  try {
    const switched = await upgrade(deps, {
      signal: deps.signal,
      onOutdated(models) {
        const names = models.map(({ name }) => name).join(', ');
        say(`building anew, from the events, what an older release of openhouse made: ${names}`);
        bar = startProgress('events', 1, 'events');
      },
      onProgress: ({ events, total }) => bar?.update(events, total),
      onWait: (why) => say(`${why}; waiting for it`),
    });
    return switched.map(
      ({ name, from, to }) => `the read model ${name} was brought up to this release (${from} → ${to})`,
    );
  } finally {
    bar?.stop();
  }
}
