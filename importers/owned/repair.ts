import { hostname } from 'node:os';
import { correct } from '../../commands/corrections/correct.ts';
import type { CommandContext } from '../../commands/execute.ts';
import { noteRepairs } from '../../commands/ownership/change-ownership.ts';
import { sameMeaning } from '../../domain/changes.ts';
import type { OwnedType, Owner } from '../../domain/ownership/index.ts';
import { withLease } from '../../platform/lease/with-lease.ts';
import { pendingAmong } from '../apply/load-pending.ts';
import type { ImportDeps } from '../deps.ts';
import { conflictNumbersOf } from '../differences/conflicts.ts';
import { dueAmong, markDue } from '../differences/outbox.ts';
import { loadOwnerships } from '../differences/ownerships.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { migrateImport } from '../migrations.ts';
import type { Mongo } from '../mongo/connect.ts';
import { isUnfinished } from '../running/import-run.ts';
import { compareSides, type Differing, type DifferingNow } from './parity.ts';
import { readLive } from './read-live.ts';
import { type View, viewOf } from './record-view.ts';
import { beginRepair } from './repair-under-way.ts';
import { isUnread } from './writing/records/live-documents.ts';

/**
 * What makes both sides of a record equal, with its owner's values:
 * - `read`: the old CRM owns it, and its document has changed since it was read, or was read and not applied: that is done
 * - `correct`: the old CRM owns it, and its document was read: the record is corrected
 * - `write-back`: openhouse owns it: it is written to the old CRM
 * - `none`: a person has to decide first, or there is no document or record to compare with; `why` says which
 */
export type Repair = Differing & {
  readonly action: 'read' | 'correct' | 'write-back' | 'none';
  readonly why: string | null;
};

export type Repaired = {
  readonly recordType: OwnedType;
  readonly owner: Owner;
  readonly corrected: number;
  readonly writtenBack: number;
  readonly leftAlone: number;
  /** The first of them. */
  readonly repairs: readonly Repair[];
};

type Options = {
  readonly mapping: CompiledMapping;
  readonly dryRun: boolean;
  readonly examples?: number;
  readonly signal?: AbortSignal;
};

/**
 * Makes both sides of a type equal, with its owner's values. An edit in the old CRM of a record that openhouse owns is
 * never overwritten: write-back reads it first, and it becomes a conflict. Doing it again changes nothing. A repair that was killed is
 * completed by the next one: what the killed one did is counted in the same event, or in one of its own if another person had asked for
 * it or for another reason. What was on its way to the old CRM already is not counted.
 * One repair of a type runs at a time: another one would be taken for the completion of the first.
 */
export const repairParity = async (
  deps: ImportDeps,
  mongo: Mongo,
  recordType: OwnedType,
  options: Options,
  context: CommandContext,
): Promise<Repaired> => {
  if (options.dryRun) return await repairNow(deps, mongo, recordType, options, context);
  await migrateImport(deps.db);
  const { signal = new AbortController().signal } = options;
  const onWait = () =>
    deps.say?.(`another repair of ${recordType} records is running; this one goes on when it has finished`);
  const holder = `repair (pid ${process.pid} on ${hostname()})`;
  const holding = { holder, lastsMs: 10_000, wait: { signal, onWait } };
  const done = await withLease(deps.db, `parity-repair/${recordType}`, holding, async ({ lease }) => {
    const until = AbortSignal.any([signal, lease.lost]);
    return await repairNow(deps, mongo, recordType, { ...options, signal: until }, context);
  });
  if (!done.held) throw new Error('a repair always waits for the lease');
  return done.result;
};

const repairNow = async (
  deps: ImportDeps,
  mongo: Mongo,
  recordType: OwnedType,
  { mapping, dryRun, examples: most = 20, signal }: Options,
  context: CommandContext,
): Promise<Repaired> => {
  const { db, store, clock } = deps;
  // The comparison has a bar of its own, and one at a time is enough.
  const { progress: _, ...reading } = deps;
  const { owner } = (await loadOwnerships(store)).find((one) => one.recordType === recordType)!;
  const counts = { corrected: 0, writtenBack: 0, leftAlone: 0 };
  const repairs: Repair[] = [];
  const underWay = dryRun ? undefined : await beginRepair(db, store, recordType, context);
  // What an import has read and not applied would be taken for a difference, and its change in the old CRM for a person's correction.
  if (!dryRun && owner === 'legacy' && (await isUnfinished(db)))
    await readLive(deps, mongo, [], { mapping, ...(signal && { signal }) });
  const note = (repair: Repair) => {
    if (repair.action === 'none') counts.leftAlone++;
    else if (repair.action === 'write-back') counts.writtenBack++;
    else counts.corrected++;
    const { recordKey, where, fields, action, why } = repair;
    if (repairs.length < most) repairs.push({ recordKey, where, fields, action, why });
  };

  const repair = async (page: readonly (DifferingNow & Repair)[]): Promise<void> => {
    const byAction = (action: Repair['action']) => page.filter((one) => one.action === action);
    const due = byAction('write-back').map(({ recordKey }) => recordKey);
    const onTheirWay = await dueAmong(db, recordType, due);
    await underWay?.begin(page.filter(({ action, recordKey }) => action !== 'none' && !onTheirWay.has(recordKey)));
    if (!dryRun) await markDue(db, recordType, due, clock.now());
    const unread = byAction('read').flatMap(({ live }) => live.filter(isUnread));
    if (!dryRun && byAction('read').length > 0)
      await readLive(reading, mongo, unread, { mapping, ...(signal && { signal }) });
    for (const one of page) {
      if (dryRun || one.action !== 'correct') {
        note(one);
        continue;
      }
      signal?.throwIfAborted();
      const changes = Object.fromEntries(one.fields.map(({ field, legacy }) => [field, legacy]));
      let isAsCompared = true;
      const unlessChanged = (ours: View) => {
        isAsCompared = saysStill(one, ours);
        return isAsCompared ? changes : undefined;
      };
      const result = await correct(store, recordType, one.recordKey, unlessChanged, context);
      const why = isAsCompared ? result.outcome === 'refused' && result.rejection.message : changedMeanwhile;
      if (why !== false) await underWay?.leaveAlone(one.recordKey);
      note(why === false ? one : { ...one, action: 'none', why });
    }
  };

  await compareSides(deps, mongo, recordType, {
    mapping,
    signal,
    examples: 0,
    onDiffering: async (differing) => {
      const keys = differing.map(({ recordKey }) => recordKey);
      const conflicts = await conflictNumbersOf(db, recordType, keys);
      const pending = await pendingAmong(
        db,
        differing.map(({ recordKey }) => recordKey),
      );
      const actionOf = (one: DifferingNow) =>
        actionFor(one, owner, conflicts.get(one.recordKey), pending.has(one.recordKey));
      await repair(differing.map((one) => ({ ...one, ...actionOf(one) })));
    },
  });
  if (underWay !== undefined) {
    const { leftAlone } = counts;
    const done = await underWay.done();
    await noteRepairs(
      store,
      recordType,
      done.map((one) => ({ ...one, leftAlone: one.context === context ? leftAlone : 0 })),
    );
    await underWay.end();
  }
  return { recordType, owner, ...counts, repairs };
};

const changedMeanwhile = 'someone changed it here in the same moment: repair again';

/** Whether openhouse still says what was compared. */
const saysStill = ({ fields }: Differing, ours: View): boolean => {
  const view = viewOf({ fields: ours });
  return fields.every(({ field, openhouse }) => sameMeaning(view[field], openhouse));
};

const actionFor = (
  { where, live }: DifferingNow,
  owner: Owner,
  conflictId: string | undefined,
  isPending: boolean,
): Pick<Repair, 'action' | 'why'> => {
  if (conflictId !== undefined) return { action: 'none', why: `waits for the decision about conflict ${conflictId}` };
  if (owner === 'openhouse' && where !== 'only-legacy') return { action: 'write-back', why: null };
  if (isPending || live.some(isUnread)) return { action: 'read', why: null };
  if (where === 'both') return { action: 'correct', why: null };
  return { action: 'none', why: whyNot[where] };
};

const whyNot = {
  'only-legacy': 'the record has ended here: split it, or delete the document',
  'only-openhouse':
    'it has no document: if that was deleted, following finds out; if the record began here, it is written once openhouse owns the type',
  unreadable:
    'its document in the old CRM is left out by the mapping, or cannot become a record as it is: correct it there too, or it is written once openhouse owns the type',
} as const;
