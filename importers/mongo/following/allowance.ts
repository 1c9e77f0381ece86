import { sql } from 'kysely';
import type { AnyDatabase } from '../../database.ts';
import { compileMapping, type MappedType } from '../../mappings/compile.ts';
import type { MappingFile } from '../../mappings/schema.ts';
import { isReadWith } from '../../readers-version.ts';
import type { Decided, Keeping } from './kept.ts';

/** What this many sweeps in a row did not find is gone. */
export const sweepsNeeded = 2;

/** How much may go without a person. */
export type Allowance = {
  /** As a share of everything that there is of the type. */
  readonly maxShare: number;
  /** Whether a person confirmed that all of it may go. */
  readonly confirmed: boolean;
  /** Who did, and why; unknown if an earlier release noted it. */
  readonly confirmedBy?: Decided | null;
  /** The decision that what would wait for a person stays. */
  readonly keeping?: Keeping | null;
};

/** Documents that are gone, by the readers that last read them. */
export type Missed = { readonly readers: string; readonly documents: number };

/**
 * Of documents that are gone, those that may go without a person: all, unless that is more than a share of the `total`. A single
 * document is never too many, unless it is the only one left. What only the mapping may have left out (see `leftOutByMapping`)
 * always waits for a person: the old CRM may still have it.
 */
export const mayGo = async (
  db: AnyDatabase,
  type: MappedType,
  missed: readonly Missed[],
  total: number,
  { maxShare, confirmed }: Pick<Allowance, 'maxShare' | 'confirmed'>,
): Promise<{ readonly going: readonly Missed[]; readonly waiting: number }> => {
  if (confirmed) return { going: missed, waiting: 0 };
  const isLeftOut = await leftOutByMapping(db, type);
  const certain = missed.filter((some) => !isLeftOut(some));
  const going = documentsIn(certain) <= Math.max(total * maxShare, total > 1 ? 1 : 0) ? certain : [];
  return { going, waiting: documentsIn(missed) - documentsIn(going) };
};

const documentsIn = (some: readonly Missed[]): number => some.reduce((sum, { documents }) => sum + documents, 0);

/**
 * Of documents that are not found any more, those that the mapping may have left out, and that the old CRM may still have: they
 * were last read with a mapping that took other documents for this type than the present one does.
 */
const leftOutByMapping = async (
  db: AnyDatabase,
  type: MappedType,
): Promise<(document: { readonly readers: string }) => boolean> => {
  const { rows } = await sql<{ file: MappingFile }>`select file from ops.import_mapping`.execute(db);
  const taken = takenBy(type);
  const others = rows.flatMap(({ file }) => {
    const then = compileMapping(file).types[type.type];
    return then === undefined || takenBy(then) === taken ? [] : [then];
  });
  return ({ readers }) => others.some((then) => isReadWith(readers, then));
};

/** What a mapping takes for a type: collections and filters. */
const takenBy = ({ collections }: MappedType): string =>
  JSON.stringify(collections.map(({ name, where = [] }) => [name, where]));
