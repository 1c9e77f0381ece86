import type { GroupParts } from './group-parts.ts';

/**
 * Loads the checkpoint and the parked messages of a group. @returns the place of the last event that was done, if there is
 * one, and of the first event to read
 */
export const whereToResume = async ({
  checkpoints,
  parked,
  source,
  settings,
  liveFrom,
}: GroupParts): Promise<{ readonly done?: number; readonly next: number }> => {
  const checkpoint = await checkpoints.load();
  await parked.load();
  if (checkpoint !== undefined) {
    const done = source.parse(checkpoint);
    return { done, next: done + 1 };
  }
  const startFrom = source.parse(settings.startPosition);
  return { next: startFrom < 0 ? liveFrom : startFrom };
};
