import { sql } from 'kysely';
import { setHistory } from '../eventstore/positions/origin.ts';
import { resetLedger } from '../importers/ledger/reset-ledger.ts';
import { noteOwnChangesAgain } from '../importers/owned/writing/note-own-changes.ts';
import type { Logger } from '../platform/logging/log.ts';
import { removeBuild } from '../projections/engine/builds/drop.ts';
import { dropBuilds, promote, rebuild } from '../projections/index.ts';
import { fits, type Inspection, inspect, type RecoveryDeps } from './inspect.ts';

export type RecoverOptions = {
  /** A person says that the database was restored from a backup, even if nothing shows it. */
  readonly databaseRestored?: boolean;
  readonly because: string;
  readonly signal?: AbortSignal;
};

/** What was repaired. */
export type Recovered = {
  readonly before: Inspection;
  readonly rebuilt: readonly string[];
  /** Records that the next import applies again. */
  readonly recordsToApply: number;
  /** The position from which the alerts continue; `null`: unchanged. */
  readonly alertsFrom: bigint | null;
  /** Everything up to this position is history now; `null`: unchanged. */
  readonly historyUntil: bigint | null;
  /** Messages that the lost database may have sent: the provider is asked before they are sent. */
  readonly messagesToLookUp: number;
};

/**
 * Repairs the database after one of the two was restored from a backup, so that the next import and the next jobs
 * continue as if nothing had happened. Nothing is sent twice: the memory has what was sent, and whatever only the lost
 * part of the database knew is held as history.
 *
 * Safe to kill at any point and run again.
 */
export const recover = async (
  deps: RecoveryDeps & { readonly log: Logger },
  options: RecoverOptions,
): Promise<Recovered> => {
  const { db, store } = deps;
  const before = await inspect(deps);
  const storeIsOlder = !fits(before) && before.unexplained === null;
  const databaseIsOlder = before.unexplained !== null || options.databaseRestored === true;

  const rebuilt = await rebuildMisfits(deps, before, options.signal);
  const recordsToApply = storeIsOlder ? await resetLedger(db, store, before.imports) : 0;
  const end = (await store.lastOwnPosition())?.commit ?? -1n;
  const alertsFrom = storeIsOlder ? await rewindAlerts(deps, before, end) : null;
  if (storeIsOlder) {
    await noteOwnChangesAgain(db);
    await dropUnsentOffers(deps);
  }
  const messagesToLookUp = databaseIsOlder ? await lookUpMessages(deps) : 0;
  if (databaseIsOlder) await setHistory(db, end, options.because);
  // From here on, an unexplained event means something new.
  await sql`
    update ops.event_store_origin
    set explained_until = ${end}, explained_event_id = null, explained_event_position = null, history_until = least(history_until, ${end})`.execute(
    db,
  );
  return {
    before,
    rebuilt,
    recordsToApply,
    alertsFrom,
    historyUntil: databaseIsOlder ? end : null,
    messagesToLookUp,
  };
};

/** Read models follow from the events, so those built from different events are rebuilt. */
const rebuildMisfits = async (
  deps: RecoveryDeps & { readonly log: Logger },
  { readModels }: Inspection,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> => {
  for (const { build } of readModels) if (build.state !== 'live') await removeBuild(deps.db, build);
  const names = readModels.filter(({ build }) => build.state === 'live').map(({ build }) => build.name);
  if (names.length === 0) return [];
  await rebuild(deps, names, { park: true, fromStart: true, ...(signal === undefined ? {} : { signal }) });
  for (const name of names) {
    await promote(deps, name, { force: true });
    await dropBuilds(deps.db, name);
  }
  return names;
};

/**
 * Back to where positions still mean the same. Looking at changes again sends nothing twice: the memory has what each
 * buyer was sent by home, not by position.
 */
const rewindAlerts = async (
  { db }: RecoveryDeps,
  { alerts, sameUntil }: Inspection,
  end: bigint,
): Promise<bigint | null> => {
  const mark = sameUntil ?? { position: -1n, event: null };
  const position = mark.position < end ? mark.position : end;
  await db.transaction().execute(async (transaction) => {
    if (alerts !== null) {
      await sql`
        update ops.alert_cursor
        set position = ${position}, event_id = ${mark.event?.id ?? null},
          event_position = ${mark.event?.position ?? null}`.execute(transaction);
    }
    // They are matched again, with the changes that are there now.
    await sql`delete from ops.alert_pending where change_position > ${position}`.execute(transaction);
    await sql`
      update ops.alert_held_record set after_position = least(after_position, ${position})`.execute(transaction);
    await sql`
      update ops.sent_memory set sent_position = ${position} where sent_position > ${position}`.execute(transaction);
  });
  return alerts === null ? null : position;
};

/**
 * The event store may have lost the offers of these messages. Delivery would withhold the messages, and the same
 * offers, made again, would count as announced. Lead matching queues a message for each offer that has none.
 */
const dropUnsentOffers = async ({ db }: RecoveryDeps): Promise<void> => {
  await sql`
    delete from ops.outbox
    where kind = 'lead-offer' and state = 'pending' and attempts = 0 and not maybe_sent_yn`.execute(db);
};

/** The lost database may already have sent what is waiting in this one. */
const lookUpMessages = async ({ db }: RecoveryDeps): Promise<number> => {
  const { numAffectedRows } = await sql`
    update ops.outbox set maybe_sent_yn = true
    where state in ('pending', 'sending') and not maybe_sent_yn`.execute(db);
  return Number(numAffectedRows ?? 0n);
};

/**
 * Releases what is held as history, at a person's request; the next jobs send it.
 * @returns how much there was
 */
export const releaseHistory = async (deps: RecoveryDeps, because: string): Promise<Inspection['history']> => {
  const { history } = await inspect(deps);
  await setHistory(deps.db, -1n, because);
  return history;
};
