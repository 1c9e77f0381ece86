import type { OwnedType } from '../../domain/ownership/index.ts';
import type { Ownership } from '../../importers/differences/ownerships.ts';
import type { NamedField } from '../../importers/owned/unwritten-fields.ts';
import { formatMinute } from '../../platform/wording/shown-time.ts';
import { counted, number } from '../../platform/wording/words.ts';
import type { LastComparison } from '../../queries/importing/last-comparisons.ts';
import type { Misfit } from '../../queries/importing/misfits.ts';
import { renderTable } from '../output/table.ts';

/** Who owns a record type, and when both sides were last compared; `null`: never. */
export type OwnershipShown = Ownership & { readonly lastCompared: Omit<LastComparison, 'recordType'> | null };

export const withComparisons = (
  ownerships: readonly Ownership[],
  comparisons: readonly LastComparison[],
): readonly OwnershipShown[] =>
  ownerships.map((ownership) => {
    const found = comparisons.find(({ recordType }) => recordType === ownership.recordType);
    if (found === undefined) return { ...ownership, lastCompared: null };
    const { recordType: _, ...lastCompared } = found;
    return { ...ownership, lastCompared };
  });

export const ownerNames = { legacy: 'the old CRM', openhouse: 'openhouse' } as const;
/** The types in the plural, for people. */
export const typeNames = { listing: 'listings', lead: 'leads', agent: 'agents' } as const;

export const ownershipText = (types: readonly OwnershipShown[], timeZone: string): string =>
  renderTable(
    ['Records', 'Owned by', 'Since', 'Decided by', 'Because', 'Last compared'],
    types.map(({ recordType, owner, since, by, because, lastCompared }) => [
      typeNames[recordType],
      ownerNames[owner],
      since === null ? 'the beginning' : formatMinute(new Date(since), timeZone),
      by ?? '',
      because ?? '',
      lastCompared === null ? 'never' : `${formatMinute(lastCompared.at, timeZone)}: ${comparisonText(lastCompared)}`,
    ]),
  );

/** What does not fit, a type after the other, and what to do about it. */
export const misfitsText = (found: readonly Misfit[]): string =>
  found.length === 0
    ? 'Owner, write-back, mapping and parity fit together for every record type.'
    : found.map(({ recordType, text, toDo }) => `✘ ${typeNames[recordType]}: ${text}.\n    ${toDo}`).join('\n');

/** The fields of a type that a handover does not take along; `undefined` if there are none. */
export const unwrittenText = (recordType: OwnedType, fields: readonly NamedField[]): string | undefined =>
  fields.length === 0
    ? undefined
    : `• ${typeNames[recordType]}: changes to these fields are not written back to the old CRM: ${fields
        .map(({ label }) => label)
        .join(', ')}.`;

const comparisonText = ({ records, differing, agreed }: Omit<LastComparison, 'recordType'>): string =>
  agreed
    ? `the same on both sides (${counted(records, 'record')})`
    : `${number(differing)} of ${counted(records, 'record')} differed`;
