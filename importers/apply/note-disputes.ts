import type { OwnedType } from '../../domain/ownership/index.ts';
import type { AnyDatabase } from '../database.ts';
import { onceDecided } from '../differences/accepted.ts';
import { changingConflicts } from '../differences/conflicts.ts';
import type { Deps } from '../differences/deciding.ts';
import { type Edit, noteEdits } from '../differences/note-edits.ts';
import { intendedFor, noteRead, retryRefused } from '../differences/outbox.ts';
import type { AppliedRecord, Ledger } from '../ledger/ledger.ts';
import { editsBeside } from './guard.ts';

/** What the old CRM says about a record that openhouse owns, compared with the record as it is. */
export type Compared = {
  readonly edit: Edit;
  /** What the record's documents said before. */
  readonly before: Readonly<Record<string, unknown>>;
  readonly applied: AppliedRecord;
};

/** A record that was compared. */
export type Comparison = {
  readonly compared: Compared;
  /** Whether it had an open conflict before it was compared: then what a person decides may have changed it since. */
  readonly hadConflict: boolean;
  /** Compares it once more, as it is now; `undefined` if the record does not take its documents any more. */
  readonly again: () => Promise<Compared | undefined>;
};

/**
 * Records what the old CRM says now: as conflicts, except for what write-back itself wrote there without having recorded it. In the same
 * transaction, the records count as applied. Otherwise, if the process died in between, the next edit would be compared with what the
 * documents said before the last one.
 * @returns for different records
 */
export const noting =
  ({ db, store }: Deps, aggregate: OwnedType, ledger: Ledger, now: Date, signal: AbortSignal) =>
  async (comparisons: readonly Comparison[]): Promise<void> => {
    const all = new Map(comparisons.map((one) => [one.compared.edit.recordKey, one]));
    await onceDecided({ db, store }, aggregate, [...all.keys()], signal, async (db, keys) => {
      const present = await Promise.all(
        keys.map(async (key) => {
          const { compared, hadConflict, again } = all.get(key)!;
          return hadConflict ? await again() : compared;
        }),
      );
      await note(
        db,
        present.flatMap((one) => one ?? []),
      );
    });

    async function note(db: AnyDatabase, compared: readonly Compared[]): Promise<void> {
      const keys = compared.map(({ edit }) => edit.recordKey);
      await changingConflicts(db, async (transaction) => {
        const intended = await intendedFor(transaction, aggregate, keys);
        const edits = compared.map(({ edit, before }) => ({
          ...edit,
          disputed: editsBeside(intended.get(edit.recordKey) ?? {}, edit, before),
        }));
        await noteEdits(transaction, aggregate, edits, now);
        await noteRead(transaction, aggregate, keys);
        await retryRefused(transaction, aggregate, keys);
        await ledger.appliedNow(
          transaction,
          compared.map(({ applied }) => applied),
        );
      });
    }
  };
