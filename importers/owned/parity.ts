import { hash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { sql } from 'kysely';
import { sameMeaning } from '../../domain/changes.ts';
import type { OwnedType } from '../../domain/ownership/index.ts';
import { userError } from '../../platform/errors.ts';
import { inFlight } from '../apply/in-flight.ts';
import { documentsOfRecords } from '../apply/load-pending.ts';
import type { AnyDatabase } from '../database.ts';
import type { ImportDeps } from '../deps.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { migrateImport } from '../migrations.ts';
import type { Mongo } from '../mongo/connect.ts';
import { keptAmong } from '../mongo/following/kept.ts';
import { loadAgentDirectory } from '../staging/references/references.ts';
import { comparedFields, isHidden, ourView, ownedTypesInfo, theirView, type View } from './record-view.ts';
import { readerOf } from './writing/plan-write.ts';
import { asTheyAreThere, isKeptAlone, type Live, liveDocumentsOf } from './writing/records/live-documents.ts';

/** A field in which the two sides differ; `null` for empty. */
export type Difference = { readonly field: string; readonly legacy: unknown; readonly openhouse: unknown };
/** `unreadable`: its documents are in the old CRM, but a filter of the mapping leaves them out, or they cannot become a record as they are. */
export type Differing = {
  readonly recordKey: string;
  readonly where: 'both' | 'only-legacy' | 'only-openhouse' | 'unreadable';
  readonly fields: readonly Difference[];
};
/** A differing record with its documents as they are now. */
export type DifferingNow = Differing & { readonly live: readonly Live[] };

/** The records whose keys begin with the same character, with a checksum for each side. */
export type Bucket = { readonly records: number; readonly legacy: string; readonly openhouse: string };

export type Parity = {
  readonly recordType: OwnedType;
  /** How many documents the records have in the old CRM now. */
  readonly documents: number;
  readonly records: number;
  readonly same: number;
  readonly differing: number;
  readonly onlyLegacy: number;
  readonly onlyOpenhouse: number;
  /** Records that a person keeps as they are without their documents (`import confirm-deletes --keep`); they are not among `records`. */
  readonly kept: number;
  readonly buckets: Readonly<Record<string, Bucket>>;
  /** The first of the records that differ. */
  readonly examples: readonly Differing[];
};

const pageSize = 500;
/** Records whose events are read at once. */
const readsInFlight = 32;
/** Records that are compared without a pause. */
const comparedAtOnce = 20;

/**
 * Compares every record with its documents as they are in the old CRM now, read through the mapping, in the fields that the
 * mapping has. The result is kept. Memory stays flat: a page of records at a time, in the order of their keys.
 */
export const compareSides = async (
  deps: ImportDeps,
  mongo: Mongo,
  recordType: OwnedType,
  {
    mapping,
    examples: most = 20,
    signal,
    onDiffering,
  }: {
    readonly mapping: CompiledMapping;
    readonly examples?: number;
    readonly signal?: AbortSignal | undefined;
    /** Called with the records of each page that differ, and their documents. */
    readonly onDiffering?: (differing: readonly DifferingNow[]) => Promise<void>;
  },
): Promise<Parity> => {
  const { db, store, clock } = deps;
  await migrateImport(db);
  const startedAt = clock.now();
  const { collection, mapped } = ownedTypesInfo[recordType];
  const type = mapping.types[mapped];
  if (type === undefined)
    throw userError(`the mapping ${mapping.name} does not have ${mapped}`, { code: 'not-mapped' });
  const planning = { agents: await loadAgentDirectory(db), now: startedAt.toISOString() };
  const readerIn = readerOf(mongo.bson, recordType, type, planning.agents);
  const fields = comparedFields(recordType, type).filter((name) => name !== 'emailOptOut');
  const counts = { documents: 0, records: 0, same: 0, differing: 0, onlyLegacy: 0, onlyOpenhouse: 0, kept: 0 };
  const sums = new Map<string, { records: number; legacy: Buffer; openhouse: Buffer }>();
  const examples: Differing[] = [];
  const bar = deps.progress?.(`comparing ${mapped}`, await countRecords(db, collection), 'records');
  let compared = 0;
  try {
    for (let after = ''; ; ) {
      signal?.throwIfAborted();
      const { rows } = await sql<{ key: string }>`
      select key from (
        (select distinct record_key as key from ops.import_document
          where collection = ${collection} and record_key > ${after} order by record_key limit ${pageSize})
        union
        (select record_key from ops.write_back
          where aggregate = ${recordType} and record_key > ${after} order by record_key limit ${pageSize})) as k
      order by key limit ${pageSize}`.execute(db);
      if (rows.length === 0) break;
      after = rows.at(-1)!.key;
      const keys = rows.map(({ key }) => key);
      const documents = await documentsOfRecords(db, keys);
      const records = keys.map((recordKey) => ({ aggregate: recordType, recordKey }));
      const live = await liveDocumentsOf(mongo, mapping, records, documents);
      const there = new Map(live.map((one) => [one.document.legacyId, one]));
      const ids = [...documents.values()]
        .flat()
        .flatMap((one) => (one.collection === collection ? [one.legacyId] : []));
      const kept = await keptAmong(db, collection, ids);
      const differing: DifferingNow[] = [];
      const views = new Map<string, Awaited<ReturnType<typeof ourView>>>();
      await inFlight(keys, readsInFlight, async (key) => {
        signal?.throwIfAborted();
        views.set(key, await ourView(store, recordType, key));
      });
      for (const [at, key] of keys.entries()) {
        // Without a pause, nobody could stop it in the meantime.
        if (at % comparedAtOnce === 0) await breathe();
        signal?.throwIfAborted();
        const ours = views.get(key);
        const all = documents.get(key) ?? [];
        const own = all.filter((document) => document.collection === collection);
        if (ours !== undefined && isKeptAlone(own, kept)) {
          counts.kept++;
          continue;
        }
        const now = asTheyAreThere(mongo.bson, collection, all, there, readerIn, kept);
        const theirOwn = now.filter((document) => document.collection === collection);
        const inOldCrm = own.filter(({ legacyId }) => !kept.has(legacyId) && there.get(legacyId)?.found !== undefined);
        counts.documents += inOldCrm.length;
        if (ours === undefined && theirOwn.length === 0) continue;
        const theirs = theirOwn.length === 0 ? undefined : theirView(recordType, key, now, planning).view;
        // A record that is gone there and not shown here counts as the same.
        if (theirs === undefined && ours !== undefined && isHidden(ours.view)) continue;
        counts.records++;
        const different = differences(fields, theirs ?? {}, ours?.view ?? {});
        addTo(sums, key, fields, theirs ?? {}, ours?.view ?? {}, different);
        const where =
          theirs === undefined
            ? inOldCrm.length === 0
              ? 'only-openhouse'
              : 'unreadable'
            : ours === undefined
              ? 'only-legacy'
              : 'both';
        if (where === 'both' && different.length === 0) counts.same++;
        else if (where === 'both' || where === 'unreadable') counts.differing++;
        else if (where === 'only-legacy') counts.onlyLegacy++;
        else counts.onlyOpenhouse++;
        if (where === 'both' && different.length === 0) continue;
        const one = { recordKey: key, where, fields: different } as const;
        if (examples.length < most) examples.push(one);
        if (onDiffering === undefined) continue;
        const mine = new Set(all.map(({ legacyId }) => legacyId));
        differing.push({ ...one, live: live.filter(({ document }) => mine.has(document.legacyId)) });
      }
      if (differing.length > 0) await onDiffering?.(differing);
      compared += keys.length;
      bar?.update(compared);
    }
  } finally {
    bar?.stop();
  }
  const buckets = Object.fromEntries(
    [...sums].map(([name, { records, legacy, openhouse }]) => [
      name,
      { records, legacy: legacy.toString('hex'), openhouse: openhouse.toString('hex') },
    ]),
  );
  await sql`
    insert into ops.parity_run (record_type, started_at, finished_at, documents, records, same, differing, only_legacy,
      only_openhouse, kept, buckets)
    values (${recordType}, ${startedAt}::timestamptz, ${clock.now()}::timestamptz, ${counts.documents}, ${counts.records},
      ${counts.same}, ${counts.differing}, ${counts.onlyLegacy}, ${counts.onlyOpenhouse}, ${counts.kept}, ${JSON.stringify(buckets)}::json)`.execute(
    db,
  );
  return { recordType, ...counts, buckets, examples };
};

const countRecords = async (db: AnyDatabase, collection: string): Promise<number> => {
  const { rows } = await sql<{ count: string }>`
    select count(distinct record_key) from ops.import_document where collection = ${collection}`.execute(db);
  return Number(rows[0]!.count);
};

const differences = (fields: readonly string[], legacy: View, openhouse: View): readonly Difference[] =>
  fields.flatMap((field) =>
    sameMeaning(legacy[field] ?? null, openhouse[field] ?? null)
      ? []
      : [{ field, legacy: legacy[field] ?? null, openhouse: openhouse[field] ?? null }],
  );

/** The checksums do not depend on the order of the records. Values that mean the same on both sides count as equal. */
const addTo = (
  sums: Map<string, { records: number; legacy: Buffer; openhouse: Buffer }>,
  key: string,
  fields: readonly string[],
  theirs: View,
  ours: View,
  different: readonly Difference[],
) => {
  const bucket = key.slice(0, 1);
  const sum = sums.get(bucket) ?? { records: 0, legacy: Buffer.alloc(8), openhouse: Buffer.alloc(8) };
  sums.set(bucket, sum);
  sum.records++;
  const differ = new Set(different.map(({ field }) => field));
  for (const [side, view] of [
    ['legacy', theirs],
    ['openhouse', ours],
  ] as const) {
    const said = fields.map((name) => (differ.has(name) ? view[name] : ours[name]) ?? null);
    const digest = hash('sha256', JSON.stringify([key, said]), 'buffer');
    for (let at = 0; at < 8; at++) sum[side][at]! ^= digest[at]!;
  }
};
