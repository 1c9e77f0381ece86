import type { Kysely } from 'kysely';
import type { Config } from '../../platform/config/config.ts';
import { typed } from '../../tables/database.ts';
import { ifThere } from '../if-there.ts';

/** How far the old CRM's live database is followed. Dates of documents are the old CRM's own. */
export type Following = {
  /** The server and database, without user and password. */
  readonly source: string;
  readonly attemptedAt: Date;
  /** When a run last succeeded. */
  readonly followedAt: Date | null;
  /** Why it fails now, and since when. */
  readonly failure: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
    readonly since: Date;
  } | null;
  /** Whether everything is still being read for the first time. */
  readonly firstPassYN: boolean;
  readonly newestChangeAt: Date | null;
  /** The oldest change that is known and not applied. */
  readonly oldestNotAppliedAt: Date | null;
  /** For how long changes of the old CRM may be missing here, in ms; `null` during the first pass. */
  readonly behindMs: number | null;
  readonly deletionsWaiting: number;
  readonly collections: readonly FollowedCollection[];
};

/** A collection of the old CRM, by its name there. */
export type FollowedCollection = {
  readonly collection: string;
  /** Why it is left out. */
  readonly problem: string | null;
  /** When changes were last looked for. */
  readonly polledAt: Date | null;
  readonly newestChangeAt: Date | null;
  readonly oldestNotAppliedAt: Date | null;
  /** Whether the date of the last change has an index; `null` if that is not known, or it has no such date. */
  readonly notIndexed: readonly string[] | null;
  /** When it was last looked at as a whole, for deletions and for changes without a date. */
  readonly sweptAt: Date | null;
  readonly comparedAt: Date | null;
  /** As of the last sweep. */
  readonly documents: number | null;
  /** Without a date of the last change that polls can use. */
  readonly undated: number;
  readonly datedAhead: number;
  /** How much later than their dates changes come that polls had passed, in ms: polls look back that much further. 0 if none do. */
  readonly datedLateMs: number;
  readonly deletionsWaiting: number;
};

/** A database that was followed by hand no longer matters once no one has followed it for this long. */
const forgottenAfterMs = 60 * 60_000;

/**
 * The database that is followed: the one that was last read. `null` if there is none, or it was followed by hand
 * (`openhouse import --follow`) some time ago and MONGO_URL is not set.
 */
export const readFollowing = async (
  connection: Kysely<unknown>,
  { now, mongoUrl }: { readonly now: Date } & Pick<Config, 'mongoUrl'>,
): Promise<Following | null> => {
  const db = typed(connection);
  const source = await ifThere(
    db.selectFrom('ops.importFollowSource').selectAll().orderBy('attemptedAt', 'desc').limit(1).executeTakeFirst(),
    undefined,
  );
  if (source === undefined) return null;
  if (mongoUrl === undefined && now.getTime() - source.attemptedAt.getTime() > forgottenAfterMs) return null;
  const rows = await db
    .selectFrom('ops.importFollow')
    .selectAll()
    .where('source', '=', source.source)
    .orderBy('collection')
    .execute();
  const read = rows.filter(({ problem }) => problem === null);
  const passed = read.filter(({ passedAt }) => passedAt !== null);
  const firstPassYN = read.length === 0 || passed.length < read.length;
  const waiting = earliest(passed.map(({ waitingSince }) => waitingSince));
  const looked = earliest(passed.map(({ polledAt }) => polledAt));
  const upTo = earliest([waiting, looked]);
  return {
    source: source.source,
    attemptedAt: source.attemptedAt,
    followedAt: source.followedAt,
    failure:
      source.errorCode === null
        ? null
        : { code: source.errorCode, message: source.error!, hint: source.hint, since: source.failingSince! },
    firstPassYN,
    newestChangeAt: latest(passed.map(({ newestChangeAt }) => newestChangeAt)),
    oldestNotAppliedAt: waiting,
    behindMs: firstPassYN || upTo === null ? null : Math.max(0, now.getTime() - upTo.getTime()),
    deletionsWaiting: rows.reduce((sum, { goneWaiting }) => sum + Number(goneWaiting), 0),
    collections: rows.map((row) => ({
      collection: row.collection,
      problem: row.problem,
      polledAt: row.polledAt,
      newestChangeAt: row.newestChangeAt,
      oldestNotAppliedAt: row.waitingSince,
      notIndexed: row.notIndexed,
      sweptAt: row.sweptAt ?? row.passedAt,
      comparedAt: row.comparedAt ?? row.passedAt,
      documents: row.documents === null ? null : Number(row.documents),
      undated: Number(row.undated),
      datedAhead: Number(row.datedAhead),
      datedLateMs: row.datedLateUntil !== null && row.datedLateUntil > now ? Number(row.datedLateMs) : 0,
      deletionsWaiting: Number(row.goneWaiting),
    })),
  };
};

const times = (dates: readonly (Date | null)[]) => dates.flatMap((date) => date?.getTime() ?? []);
const earliest = (dates: readonly (Date | null)[]): Date | null => {
  const known = times(dates);
  return known.length === 0 ? null : new Date(Math.min(...known));
};
const latest = (dates: readonly (Date | null)[]): Date | null => {
  const known = times(dates);
  return known.length === 0 ? null : new Date(Math.max(...known));
};
