import type { OwnedType, Owner } from '../../domain/ownership/index.ts';
import { ago } from '../../platform/wording/shown-time.ts';
import { counted, number } from '../../platform/wording/words.ts';
import type { LastComparison } from './last-comparisons.ts';

/** What is known about a record type and the two systems. */
export type TypeFacts = {
  readonly recordType: OwnedType;
  readonly owner: Owner;
  /** Whether the mapping in force says where its documents are. */
  readonly mapped: boolean;
  /** Whether documents of the old CRM are on file. */
  readonly onFile: boolean;
  readonly compared: Omit<LastComparison, 'recordType'> | null;
  /** Records that were written back since then. */
  readonly writtenSince: number;
  /** Records that wait to be written back, and since when. */
  readonly due: number;
  readonly dueSince: Date | null;
  readonly refused: number;
  readonly conflicts: number;
};

export type SharedFacts = {
  readonly now: Date;
  /** Whether MONGO_URL is set. */
  readonly live: boolean;
  /** The name of the mapping in force, and of the one that documents on file were last read with; `null` if none were. */
  readonly mapping: string;
  readonly lastMapping: string | null;
  /**
   * The mapping of the last remap, if the one in force, or that of a run since then, is an earlier version: what documents say would
   * go back, one after the other, as they change.
   */
  readonly overriddenMapping: string | null;
  /** Whether a process runs the jobs. */
  readonly jobsRun: boolean;
  /** Why the last run of write-back failed; `null` if it did not. */
  readonly writeBackError: string | null;
};

/** Something about a record type that does not fit its owner. */
export type Misfit = {
  readonly recordType: OwnedType;
  readonly code: 'mapping-lacks-type' | 'other-mapping' | 'not-written' | 'refused' | 'differs' | 'conflicts';
  /** A sentence without the full stop. */
  readonly text: string;
  readonly toDo: string;
};

/** How long a change may wait to be written back, in ms: the job runs every ten seconds. */
export const writeBackPatienceMs = 5 * 60_000;

/** Where a record type's owner, the write-back job, the mapping and the last comparison do not fit together, and what to do. */
export const misfits = (shared: SharedFacts, types: readonly TypeFacts[]): readonly Misfit[] =>
  types.flatMap((type) => {
    const { recordType } = type;
    const found = type.owner === 'openhouse' ? ofOurs(shared, type) : ofTheirs(shared, type);
    return [...mappingMisfits(shared, type), ...found].map((misfit) => ({ recordType, ...misfit }));
  });

type Found = Omit<Misfit, 'recordType'>;

const mappingMisfits = (
  { live, mapping, lastMapping, overriddenMapping }: SharedFacts,
  { recordType, owner, mapped, onFile }: TypeFacts,
): readonly Found[] => {
  if (!live || (owner === 'legacy' && !onFile)) return [];
  const found: Found[] = [];
  if (!mapped)
    found.push({
      code: 'mapping-lacks-type',
      text: `The mapping ${mapping} does not say where a ${recordType} is in the old CRM, so ${
        owner === 'openhouse' ? 'nothing is written back' : 'its changes no longer flow in'
      }`,
      toDo: 'Add the type to the mapping, or set OPENHOUSE_MAPPING to one that has it.',
    });
  if (onFile && lastMapping !== null && lastMapping !== mapping)
    found.push({
      code: 'other-mapping',
      text: `Documents were last read with the mapping ${lastMapping}, but ${mapping} is in force`,
      toDo: `Set OPENHOUSE_MAPPING to ${lastMapping} wherever openhouse runs. If ${mapping} is the right one, see what it would change: \`openhouse import remap all --mapping ${mapping} --dry-run\`.`,
    });
  else if (onFile && overriddenMapping !== null)
    found.push({
      code: 'other-mapping',
      text: `The last remap read all documents with the mapping ${overriddenMapping}, but changes since then are read with an older version of it`,
      toDo: 'Set OPENHOUSE_MAPPING to the corrected file wherever openhouse runs, and restart `openhouse start`. Then `openhouse import remap all` reads what was read with the old version.',
    });
  return found;
};

/** What is not written back. */
const unwritten = (
  { now, live, jobsRun, writeBackError }: SharedFacts,
  { due, dueSince, refused }: TypeFacts,
): readonly Found[] => {
  const found: Found[] = [];
  const late = dueSince !== null && now.getTime() - dueSince.getTime() > writeBackPatienceMs;
  const notWritten = (why: string, toDo: string) => {
    const waiting = due === 0 ? '' : `: ${counted(due, 'changed record')} waiting`;
    found.push({ code: 'not-written', text: `${why}${waiting}`, toDo });
  };
  if (!live) {
    // Once the old CRM is switched off, there is nothing left to write.
    if (due > 0)
      notWritten(
        'Nothing is written back, because MONGO_URL is not set',
        'Set it where `openhouse start` runs. If the old CRM has been switched off, there is nothing to do.',
      );
  } else if (!jobsRun)
    notWritten('Nothing is written back, because no process runs the jobs', 'Start `openhouse start`.');
  else if (writeBackError !== null)
    notWritten(`The last run of write-back failed (${writeBackError})`, '`openhouse jobs` shows its runs.');
  else if (late)
    notWritten(
      `Changes have been waiting to be written back for ${ago(now, dueSince)}`,
      '`openhouse write-back list` shows why. A record with an open conflict waits for its decision.',
    );
  if (refused > 0)
    found.push({
      code: 'refused',
      text: `${counted(refused, 'changed record')} could not be written back`,
      toDo: '`openhouse write-back list` shows why. Correct the mapping or the document, then `openhouse write-back retry`.',
    });
  return found;
};

/** Of a type that openhouse owns. */
const ofOurs = (shared: SharedFacts, type: TypeFacts): readonly Found[] => {
  const found = [...unwritten(shared, type)];
  const { recordType, compared, writtenSince, due, refused, conflicts } = type;
  // A handover with differences, or a repair, writes them: then the comparison is out of date.
  if (compared !== null && compared.differing > writtenSince && due + refused + conflicts === 0)
    found.push({
      code: 'differs',
      text: `${number(compared.differing)} of ${counted(compared.records, recordType)} differed when both sides were last compared, ${ago(shared.now, compared.at)} ago, and nothing is waiting to be written back`,
      toDo: `Compare them again: \`openhouse parity ${recordType}\`. If they still differ, \`openhouse parity ${recordType} --repair\` shows how to make them equal.`,
    });
  return found;
};

/** Of a type that the old CRM owns. What was changed here before it went back there is still written. */
const ofTheirs = (shared: SharedFacts, type: TypeFacts): readonly Found[] => [
  ...(type.due + type.refused === 0 ? [] : unwritten(shared, type)),
  ...conflictsOf(type),
];

const conflictsOf = ({ conflicts }: TypeFacts): readonly Found[] =>
  conflicts === 0
    ? []
    : [
        {
          code: 'conflicts',
          text: `${counted(conflicts, 'conflict')} ${conflicts === 1 ? 'is' : 'are'} open, although the old CRM owns the type`,
          toDo: '`openhouse conflicts list` shows them: accept or refuse each.',
        },
      ];
