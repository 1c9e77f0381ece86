import type { Kysely } from 'kysely';
import type { Position } from '../../eventstore/stored-event.ts';
import { waitForPosition } from '../../projections/index.ts';

/** How long a person waits for a page to show what they have just done. */
const patienceMs = 1_000;

/** Waits until a read model shows what a command appended, so that the next page shows it; not for long, and not when it is not fed. */
export const shownSoon = async (db: Kysely<unknown>, readModel: string, position: Position | null): Promise<void> => {
  if (position === null) return;
  await waitForPosition(db as Parameters<typeof waitForPosition>[0], readModel, position, patienceMs).catch(
    () => false,
  );
};
