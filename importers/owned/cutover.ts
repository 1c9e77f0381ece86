import { sql } from 'kysely';
import type { CommandContext } from '../../commands/execute.ts';
import { changeOwnership } from '../../commands/ownership/change-ownership.ts';
import type { OwnedType, Owner } from '../../domain/ownership/index.ts';
import { fencedStore } from '../../eventstore/fenced-store.ts';
import { errorMessage, exitCodes, isUserError, userError } from '../../platform/errors.ts';
import { counted, number } from '../../platform/wording/words.ts';
import type { AnyDatabase } from '../database.ts';
import type { ImportDeps } from '../deps.ts';
import { markDue, writesWaiting } from '../differences/outbox.ts';
import { loadOwnerships } from '../differences/ownerships.ts';
import { countConflicts } from '../differences/selecting.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { type RecordTypeName, recordTypeNames } from '../mappings/record-types.ts';
import type { Mongo } from '../mongo/connect.ts';
import type { Followed } from '../mongo/following/follow.ts';
import { withImportLease } from '../running/import-run.ts';
import { compareSides, type Differing } from './parity.ts';
import { ownedTypesInfo } from './record-view.ts';
import { documentsWithoutRecord } from './without-record.ts';
import { noteOwnChanges } from './writing/note-own-changes.ts';

/** One thing that must hold before a type is handed over. */
export type Check = {
  readonly what: string;
  readonly ok: boolean;
  readonly found: string;
  readonly toDo: string | null;
};

type Options = {
  readonly mapping: CompiledMapping;
  /** Hands over although records differ: openhouse's values are written back. */
  readonly acceptDifferences: boolean;
  readonly dryRun: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Reads what has changed in the old CRM since the last run of following. */
  readonly follow: () => Promise<Pick<Followed, 'read' | 'changed'>>;
};

/** Reads the last changes, so that everything else is checked as it is now. A dry run changes nothing, so it reads none. */
const followOnce = async ({ dryRun, follow, signal }: Options): Promise<Check> => {
  const what = 'changes in the old CRM';
  if (dryRun) return { what, ok: true, found: 'not read by a dry run; a cutover reads them first', toDo: null };
  try {
    const { read, changed } = await follow();
    const found = `${counted(read, 'document')} read just now, ${number(changed)} new or changed`;
    return { what, ok: true, found: read === 0 ? 'all were already read' : found, toDo: null };
  } catch (error) {
    if (!isUserError(error) || signal?.aborted) throw error;
    const toDo = error.hint ?? '`openhouse jobs` shows the last run of following. Then try again.';
    return { what, ok: false, found: `could not be read: ${error.message}`, toDo };
  }
};

/** Everything that must hold before a type is handed to `owner`, and the records that differ. */
const cutoverChecks = async (
  deps: ImportDeps,
  mongo: Mongo,
  recordType: OwnedType,
  owner: Owner,
  options: Pick<Options, 'mapping' | 'acceptDifferences' | 'dryRun' | 'signal'>,
): Promise<{ readonly checks: readonly Check[]; readonly differing: readonly string[] }> => {
  const { db, store, clock } = deps;
  const differing: string[] = [];
  const { mapping, signal } = options;
  const onDiffering = async (found: readonly Differing[]) => {
    for (const { where, recordKey } of found) if (where !== 'only-openhouse') differing.push(recordKey);
  };
  const parity = await compareSides(deps, mongo, recordType, { mapping, signal, onDiffering });
  const { notRead } = await documentsWithoutRecord(db, mongo, mapping, parity, signal ?? new AbortController().signal);
  await noteOwnChanges(db, store, clock.now());
  const { collection, mapped } = ownedTypesInfo[recordType];
  const { rows } = await sql<{ pending: string; quarantined: string; missing: string; gone: string }>`
    select (select count(*) from ops.import_pending where aggregate = ${recordType}) as pending,
      (select count(*) from ops.quarantine where collection = ${collection} and resolved_at is null
        and dismissed_at is null) as quarantined,
      (select count(*) from ops.import_document where collection = ${collection} and gone_at is null
        and missed_sweeps = 1) as missing,
      (select coalesce(sum(gone_waiting), 0) from ops.import_follow
        where source = ${mongo.source} and not collection = any (${otherCollections(mapping, recordType)}::text[])) as gone`.execute(
    db,
  );
  const { pending, quarantined, missing, gone } = rows[0]!;
  const conflicts = await countConflicts(db, { aggregate: recordType });
  const check = (what: string, count: number, toDo: string): Check => ({
    what,
    ok: count === 0,
    found: count === 0 ? 'none' : number(count),
    toDo: count === 0 ? null : toDo,
  });
  const checks = [
    options.acceptDifferences && owner === 'openhouse'
      ? { what: 'records that differ', ok: true, found: `${differing.length}, to be written back`, toDo: null }
      : check(
          'records that differ',
          differing.length,
          owner === 'openhouse'
            ? '`openhouse parity` shows them. Correct one of the sides, or hand over with --write-differences.'
            : `\`openhouse parity ${recordType}\` shows them, and with --repair it writes openhouse’s values back.`,
        ),
    options.dryRun && notRead > 0
      ? {
          what: 'documents not read yet',
          ok: true,
          found: `${number(notRead)}; a cutover reads them first`,
          toDo: null,
        }
      : check(
          'documents not read yet',
          notRead,
          'They are in no record, and not in quarantine. `openhouse jobs follow-legacy` shows what following does; try again after its next run.',
        ),
    check(
      'changes read but not applied',
      Number(pending),
      'Wait for the next run of following, or see `openhouse jobs`.',
    ),
    check(
      'documents in quarantine',
      Number(quarantined),
      `\`openhouse quarantine list --collection ${mapped}\` shows them: repair or dismiss each.`,
    ),
    check(
      'documents that the last sweep did not find',
      Number(missing),
      'A document is gone when two sweeps miss it. Try again: that sweeps again.',
    ),
    check(
      'deletions that wait for a person',
      Number(gone),
      '`openhouse import confirm-deletes --dry-run` shows them; without --dry-run it confirms them, and with --keep their records stay.',
    ),
    check('open conflicts', conflicts, '`openhouse conflicts list` shows them: accept or refuse each.'),
    check('records to be written back', await toBeWritten(db, recordType), '`openhouse write-back list` shows them.'),
  ];
  return { checks, differing };
};

/** Collections that only other record types come from; one that the mapping no longer has may have been of any. */
const otherCollections = (mapping: CompiledMapping, recordType: OwnedType): string[] => {
  const namesOf = (types: readonly RecordTypeName[]) =>
    types.flatMap((type) => mapping.types[type]?.collections.map(({ name }) => name) ?? []);
  const { mapped } = ownedTypesInfo[recordType];
  const own = namesOf([mapped]);
  return namesOf(recordTypeNames.filter((type) => type !== mapped)).filter((name) => !own.includes(name));
};

const toBeWritten = async (db: AnyDatabase, recordType: OwnedType): Promise<number> => {
  const waiting = (await writesWaiting(db)).find(({ aggregate }) => aggregate === recordType);
  return (waiting?.due ?? 0) + (waiting?.refused ?? 0);
};

/**
 * Reads the last changes in the old CRM, and hands a type over if every check holds. Both happen while no import runs: one that
 * began before would go on as if the type still belonged to the other side.
 *
 * @returns the checks, and whether it was handed over; nothing is checked if it already belongs to that side. `changedLast`: how many
 *   records people changed here between the last check and the moment in which the type went back: they are still written
 */
export const cutOver = async (
  deps: ImportDeps,
  mongo: Mongo,
  recordType: OwnedType,
  owner: Owner,
  options: Options,
  context: CommandContext,
): Promise<{
  readonly checks: readonly Check[];
  readonly done: boolean;
  readonly already?: true;
  readonly changedLast?: number;
}> => {
  const ownerIn = async (store: ImportDeps['store']) =>
    (await loadOwnerships(store)).find((one) => one.recordType === recordType)!.owner;
  if ((await ownerIn(deps.store)) === owner) return { checks: [], done: false, already: true };
  const followed = await followOnce(options);
  if (!followed.ok) return { checks: [followed], done: false };
  const checked = async (among: ImportDeps, signal = options.signal) => {
    const { checks, differing } = await cutoverChecks(among, mongo, recordType, owner, { ...options, signal });
    return { checks: [followed, ...checks], differing };
  };
  if (options.dryRun) return { checks: (await checked(deps)).checks, done: false };
  const { signal = new AbortController().signal } = options;
  const waiting = () => deps.say?.('an import is running; the cutover goes on when it has finished');
  return await withImportLease(deps.db, signal, waiting, async ({ db, lease }) => {
    const store = fencedStore(deps.store, db, lease);
    const either = AbortSignal.any([signal, lease.lost]);
    const { checks, differing } = await checked({ ...deps, db, store }, either);
    if (checks.some(({ ok }) => !ok)) return { checks, done: false };
    if ((await ownerIn(store)) === owner) return { checks, done: false, already: true };
    // Whoever stops a cutover does not want the type handed over.
    either.throwIfAborted();
    // They become due with the hand-over, also if this process dies in between.
    if (owner === 'openhouse') await markDue(db, recordType, differing, deps.clock.now(), 'local');
    await changeOwnership(store, recordType, owner, context).catch((error: unknown) => {
      throw signal.aborted ? stoppedWhileHandingOver(recordType) : error;
    });
    if (owner === 'openhouse') return { checks, done: true };
    try {
      await noteOwnChanges(db, store, deps.clock.now());
      return { checks, done: true, changedLast: await toBeWritten(db, recordType) };
    } catch (error) {
      // It is handed over, whatever happens now: the next write-back notes the same.
      deps.say?.(`the last changes here could not be looked up: ${errorMessage(error)}`);
      return { checks, done: true };
    }
  });
};

/** The event was about to be appended, and the store did not answer any more. */
const stoppedWhileHandingOver = (recordType: OwnedType) =>
  userError(`stopped while the ${recordType}s were being handed over`, {
    code: 'interrupted',
    exitCode: exitCodes.interrupted,
    hint: '`openhouse ownership` shows whether they were. If not, run the command again.',
  });
