import type { OwnedType } from '../../domain/ownership/index.ts';
import { closeAccepted } from '../differences/accepted.ts';
import type { Deps } from '../differences/deciding.ts';
import { type Edit, noteEdits } from '../differences/note-edits.ts';
import { intendedFor, retryRefused } from '../differences/outbox.ts';
import { withoutIntended } from './guard.ts';

/**
 * Records what the old CRM says now about records that openhouse owns: as conflicts, except for what write-back itself wrote there without
 * having recorded it.
 * @returns for edits of different records
 */
export const noting =
  ({ db, store }: Deps, aggregate: OwnedType, now: Date) =>
  async (edits: readonly Edit[]): Promise<void> => {
    const keys = edits.map(({ recordKey }) => recordKey);
    const disputing = edits.filter(({ disputed }) => Object.keys(disputed).length > 0);
    const intended = await intendedFor(
      db,
      aggregate,
      disputing.map(({ recordKey }) => recordKey),
    );
    await closeAccepted({ db, store }, aggregate, keys);
    const edited = edits.map((edit) => ({
      ...edit,
      disputed: withoutIntended(edit.disputed, intended.get(edit.recordKey) ?? {}),
    }));
    await noteEdits(db, aggregate, edited, now);
    await retryRefused(db, aggregate, keys);
  };
