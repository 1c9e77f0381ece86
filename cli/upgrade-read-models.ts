import type { EngineDeps } from '../projections/index.ts';

/**
 * Rebuilds read models that an older release made, and reports it: that takes some seconds per hundred thousand events.
 *
 * @returns what was done, one sentence per read model
 * @throws UserError when a person has to do something first
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
        say(`rebuilding read models made by an older release of openhouse: ${names}`);
        bar = startProgress('events', 1, 'events');
      },
      onProgress: ({ events, total }) => bar?.update(events, total),
      onWait: (why) => say(`${why}; waiting for it`),
    });
    return switched.map(
      ({ name, from, to }) => `the read model ${name} was upgraded to this release (${from} → ${to})`,
    );
  } finally {
    bar?.stop();
  }
}
