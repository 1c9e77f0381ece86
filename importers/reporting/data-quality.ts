import { sql } from 'kysely';
import { repairs } from '../../domain/warning-codes.ts';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { mappingOnFile } from '../mappings/kept-mappings.ts';
import { recordTypeNames, recordTypes } from '../mappings/record-types.ts';
import { adviceOnWord } from '../mappings/understood-words.ts';
import { masked, maskedDocument } from '../masking/masked-document.ts';
import { shapeOf } from '../masking/value-looks.ts';
import { holdsOf, isHeldDocument } from './held-documents.ts';
import type { QualityOnFile } from './quality.ts';

/**
 * A field of the documents on file. `repaired`: read by a rule that could be wrong; `emptied`: left empty because it was
 * not understood; `onHold`: something of it was not understood, so nothing is sent for the saved search; `quarantined`: its document
 * could not be imported because of it (for a path that feeds no field, `field` is the path). Each as the number of documents by rule or
 * reason, of which a document may have several.
 *
 * `documents` counts each document once, by the worst that happened to the field: on hold, emptied, repaired, clean. Their sum is the
 * number of documents on file that have the field or a note on it.
 */
export type FieldQuality = {
  readonly collection: string;
  readonly field: string;
  readonly documents: { readonly [Kind in 'clean' | 'repaired' | 'emptied' | 'onHold']: number };
  readonly repaired: Readonly<Record<string, number>>;
  readonly emptied: Readonly<Record<string, number>>;
  readonly onHold: Readonly<Record<string, number>>;
  readonly quarantined: Readonly<Record<string, number>>;
};

/** A reason that concerns many documents, with a few of them; values that may be personal are shown by their shape. */
export type Offender = {
  readonly collection: string;
  /** Of openhouse; the path in the old CRM, if it feeds none. */
  readonly field: string;
  /** Where a quarantined document has it. */
  readonly path?: string;
  readonly code: string;
  readonly kind: 'emptied' | 'repaired' | 'onHold' | 'quarantined';
  readonly documents: number;
  readonly samples: readonly { readonly legacyId: string; readonly found: string }[];
  /** Of a field that is one of a few words: the words that are not known, the most frequent first, and what can be done. */
  readonly unknown?: {
    readonly words: readonly { readonly found: string; readonly documents: number }[];
    readonly advice: string;
  };
};

/** A finished import. `onFile`: all documents on file after it; `null` if it failed, or ran in a release that did not say. */
export type RunQuality = {
  readonly importRunId: string;
  readonly startedAt: string;
  readonly source: string;
  readonly mapping: string | null;
  readonly mappingVersion: string | null;
  readonly result: string;
  readonly read: number;
  readonly quarantined: number;
  readonly onFile: QualityOnFile | null;
};

export type DataQuality = {
  readonly fields: readonly FieldQuality[];
  /** The newest last. */
  readonly runs: readonly RunQuality[];
  readonly offenders: readonly Offender[];
  /** Documents whose references point nowhere: imported without them, or waiting in quarantine for what they refer to. */
  readonly orphans: readonly { readonly collection: string; readonly imported: number; readonly waiting: number }[];
  /** Documents about the same thing: merged into one record, or set aside because they share an `_id`. */
  readonly duplicates: readonly {
    readonly collection: string;
    readonly merged: number;
    readonly records: number;
    readonly sameId: number;
  }[];
  /** Documents that the old CRM or the mapping does not have any more, and that a person decided to keep, by decision. */
  readonly kept: readonly {
    readonly collection: string;
    readonly documents: number;
    readonly keptAt: string;
    readonly keptBy: string;
    readonly because: string;
  }[];
  /** Fields that nothing reads, by collection, with the number of documents that have them, in the last import that read it whole. */
  readonly unread: Readonly<Record<string, Readonly<Record<string, number>>>>;
};

/** How well the documents of the old CRM are understood, over all imports. Reads the ledger only. */
export const dataQuality = async (db: AnyDatabase): Promise<DataQuality> => {
  const [counts, mapping] = [await countsByField(db), await mappingOnFile(db)];
  return {
    fields: fieldQuality(counts, mapping),
    runs: await recentRuns(db),
    offenders: await worstOffenders(db, counts, mapping),
    orphans: await orphans(db),
    duplicates: await duplicates(db),
    kept: await keptDocuments(db),
    unread: await lastUnread(db),
  };
};

/**
 * `field`: of openhouse; for quarantined documents, the path in the old CRM. `count`: the documents with this code; `worst`: those of them
 * to whose field nothing worse happened, each under one code only.
 */
type Count = {
  collection: string;
  field: string;
  code: string;
  kind: Offender['kind'] | 'clean';
  count: string;
  worst: string;
};

const countsByField = async (db: AnyDatabase): Promise<readonly Count[]> => {
  const { rows } = await sql<Count>`
    select collection, field, '' as code, 'clean' as kind, count(*) as count, count(*) as worst
    from ops.import_document d, lateral (
      -- Documents of a lead's history have no sub-document for them.
      select json_object_keys(case when json_typeof(d.payload -> 'fields') = 'object' then d.payload -> 'fields' else d.payload end)
      union all select 'createdAt' where d.created_at is not null
      union all select 'updatedAt' where d.updated_at is not null) as k (field)
    where record_key is not null and field <> 'warnings' and not (${isHistory} and field = 'agent')
      and (d.warnings is null or not exists (select from unnest(d.warnings) as u (w) where starts_with(w, field || ' ')))
      and (not ${isHeldDocument} or not exists (select from ${holdsOf} as hold where hold.field = k.field))
    group by 1, 2
    union all
    select collection, field, code, kind, count(*), count(*) filter (where place = 1)
    from ops.import_document d, lateral (
      select field, code, kind,
        row_number() over (partition by field order by array_position(array['onHold', 'emptied', 'repaired'], kind), code) as place
      from (
        select field, coalesce(code, '') as code, 'onHold' as kind from ${holdsOf} as hold
        -- A document may have the same note twice.
        union
        select field, code,
          case when d.payload -> 'fields' -> field is not null
            or field = any (${times}::text[]) and code = any (${repairs}::text[]) then 'repaired' else 'emptied' end
        from unnest(d.warnings) as u (w), lateral (select split_part(w, ' ', 1) as field, split_part(w, ' ', 2) as code) as warning
      ) as note) as placed
    where record_key is not null and (d.warnings is not null or ${isHeldDocument})
    group by 1, 2, 3, 4
    union all
    -- References are beside the fields, as the old CRM has them.
    select collection, field, case when found then '' else ${notFound} end, case when found then 'clean' else 'emptied' end,
      count(*), count(*)
    from ops.import_document d, lateral (
      select field, unresolved is null or not reference = any (unresolved) as found from ${referencesOf}
      where not exists (select from unnest(d.warnings) as u (w) where starts_with(w, field || ' '))) as named
    where record_key is not null
    group by 1, 2, 3, 4
    union all
    select collection, path, code, 'quarantined', count(*), count(*) from ops.quarantine where resolved_at is null
    group by 1, 2, 3
    order by 1, 2, 5 desc, 3`.execute(db);
  return rows;
};

/** Collections of a lead's history, whose documents have the agent in the payload as well. */
const isHistory = sql<boolean>`d.collection in ('leadassignments', 'activities')`;

/** The references of a document `d`, with the fields that have them. */
const referencesOf = sql`(
  select field, reference from (values
    ('contactKey', d.contact_ref),
    (case d.collection when 'contacts' then 'ownerMemberKey' when 'properties' then 'listAgentKey' else 'memberKey' end, d.agent_ref)
  ) as v (field, reference) where reference is not null) as reference`;

/** The code of a reference to a document that is not there. */
const notFound = 'reference-not-found';

/** Times for which there is another one where a document does not say them. */
const times = ['at', 'createdAt', 'updatedAt'];

const fieldQuality = (all: readonly Count[], mapping: CompiledMapping): FieldQuality[] => {
  const byField = new Map<string, Count[]>();
  for (const row of all) {
    const field = row.kind === 'quarantined' ? fieldFedBy(mapping, row.collection, row.field) : row.field;
    const key = JSON.stringify([row.collection, field]);
    byField.set(key, [...(byField.get(key) ?? []), { ...row, field }]);
  }
  return [...byField.values()].map((counts) => {
    const of = (kind: Count['kind']) => counts.filter((row) => row.kind === kind);
    const documents = (kind: Count['kind']) => of(kind).reduce((total, { worst }) => total + Number(worst), 0);
    const byCode = (kind: Count['kind']) =>
      Object.fromEntries(of(kind).map(({ code, count }) => [code, Number(count)]));
    const { collection, field } = counts[0]!;
    return {
      collection,
      field,
      documents: {
        clean: documents('clean'),
        repaired: documents('repaired'),
        emptied: documents('emptied'),
        onHold: documents('onHold'),
      },
      repaired: byCode('repaired'),
      emptied: byCode('emptied'),
      onHold: byCode('onHold'),
      quarantined: byCode('quarantined'),
    };
  });
};

/** The field of openhouse that a path feeds; the path, if none. */
const fieldFedBy = (mapping: CompiledMapping, collection: string, path: string): string => {
  const type = recordTypeNames.find((name) => recordTypes[name].collection === collection);
  return (type === undefined ? undefined : mapping.types[type]?.paths.get(path)?.[0]) ?? path;
};

const runsShown = 30;

const recentRuns = async (db: AnyDatabase): Promise<RunQuality[]> => {
  type Row = Omit<RunQuality, 'startedAt' | 'read' | 'quarantined'> & {
    startedAt: Date;
    counts: Record<string, { read?: number; quarantined?: number }> | null;
  };
  const { rows } = await sql<Row>`
    select import_run_id, started_at, source, mapping,
      mapping_version, result, counts, on_file
    from ops.import_run where finished_at is not null order by import_run_id desc limit ${runsShown}`.execute(
    camelCased(db),
  );
  return rows.reverse().map(({ counts, startedAt, ...run }) => ({
    ...run,
    startedAt: startedAt.toISOString(),
    read: Object.values(counts ?? {}).reduce((sum, { read = 0 }) => sum + read, 0),
    quarantined: Object.values(counts ?? {}).reduce((sum, { quarantined = 0 }) => sum + quarantined, 0),
  }));
};

const offendersShown = 15;
const samplesShown = 3;

const worstOffenders = async (
  db: AnyDatabase,
  counts: readonly Count[],
  mapping: CompiledMapping,
): Promise<Offender[]> => {
  const kinds = ['quarantined', 'onHold', 'emptied', 'repaired'] as const;
  const worst = counts
    .flatMap(({ kind, count, worst, ...row }) => (kind === 'clean' ? [] : { ...row, kind, documents: Number(count) }))
    .sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || b.documents - a.documents)
    .slice(0, offendersShown);
  const offenders: Offender[] = [];
  for (const one of worst) {
    const found = await samplesOf[one.kind](db, one);
    const isPath = one.kind === 'quarantined' && one.field !== '';
    const field = isPath ? fieldFedBy(mapping, one.collection, one.field) : one.field;
    const unknown = await unknownWords(db, one, field);
    offenders.push({
      ...one,
      field,
      ...(isPath ? { path: one.field } : {}),
      ...(unknown === undefined ? {} : { unknown }),
      samples: found.map(({ legacyId, found }) => ({
        legacyId: maskedId(legacyId),
        found: found === '' ? '' : maskedFound(one, field, found),
      })),
    });
  }
  return offenders;
};

const wordsShown = 10;

/** Which words are not known, if the field is one of a few; `undefined` for any other field, or another reason. */
const unknownWords = async (
  db: AnyDatabase,
  { collection, field: noted, code, kind }: Pick<Offender, 'collection' | 'field' | 'code' | 'kind'>,
  field: string,
): Promise<Offender['unknown']> => {
  const type = recordTypeNames.find((name) => recordTypes[name].collection === collection);
  if (type === undefined || kind === 'onHold' || adviceOnWord(type, { field, code, word: '' }) === undefined)
    return undefined;
  const found =
    kind === 'quarantined'
      ? sql`select left(coalesce(raw #>> string_to_array(${noted}, '.'), ''), 200) as found from ops.quarantine
          where collection = ${collection} and path = ${noted} and code = ${code} and resolved_at is null`
      : sql`select x.found from ops.import_document d, lateral (
            select w ->> 'found' as found from json_array_elements(d.payload -> 'fields' -> 'warnings') as a (w)
            where w ->> 'field' = ${noted} and w ->> 'code' = ${code} limit 1) as x
          where d.collection = ${collection} and ${`${noted} ${code}`} = any (d.warnings) and d.record_key is not null`;
  const { rows } = await sql<{ found: string; documents: number }>`
    select found, count(*)::int as documents from (${found}) as said where found <> ''
    group by found order by count(*) desc, found limit ${wordsShown}`.execute(db);
  const words = rows.map((row) => ({ ...row, found: masked(collection, field, row.found) }));
  const [most] = words;
  if (most === undefined) return undefined;
  const advice = adviceOnWord(type, { field, code, word: most.found });
  return { words, advice: `${advice} \`openhouse import remap ${type}\` then reads the documents again.` };
};

type Found = { legacyId: string; found: string };

const withWarning = async (
  db: AnyDatabase,
  { collection, field, code }: Omit<Offender, 'samples'>,
): Promise<Found[]> => {
  const { rows } = await sql<Found>`
    select d.legacy_id, coalesce(w ->> 'found', '') as found
    from ops.import_document d
      -- Documents of a lead's history have only the codes.
      left join lateral (select w from json_array_elements(d.payload -> 'fields' -> 'warnings') as a (w)
        where w ->> 'field' = ${field} and w ->> 'code' = ${code} limit 1) as x on true
    where d.collection = ${collection} and ${`${field} ${code}`} = any (d.warnings) and d.record_key is not null
    order by d.legacy_id limit ${samplesShown}`.execute(camelCased(db));
  return rows;
};

const lostReferences = async (db: AnyDatabase, { collection, field }: Omit<Offender, 'samples'>): Promise<Found[]> => {
  const { rows } = await sql<Found>`
    select d.legacy_id, '' as found from ops.import_document d, lateral ${referencesOf}
    where d.collection = ${collection} and field = ${field} and reference = any (d.unresolved) and d.record_key is not null
    order by d.legacy_id limit ${samplesShown}`.execute(camelCased(db));
  return rows;
};

const emptied = (db: AnyDatabase, one: Omit<Offender, 'samples'>): Promise<Found[]> =>
  one.code === notFound ? lostReferences(db, one) : withWarning(db, one);

const inQuarantine = async (
  db: AnyDatabase,
  { collection, field, code }: Omit<Offender, 'samples'>,
): Promise<Found[]> => {
  const { rows } = await sql<Found>`
    select coalesce(legacy_id, document_key) as legacy_id,
      left(coalesce(raw #>> string_to_array(${field}, '.'), ''), 200) as found
    from ops.quarantine where collection = ${collection} and path = ${field} and code = ${code} and resolved_at is null
    order by document_key limit ${samplesShown}`.execute(camelCased(db));
  return rows;
};

const onHold = async (db: AnyDatabase, { collection, field, code }: Omit<Offender, 'samples'>): Promise<Found[]> => {
  const { rows } = await sql<Found>`
    select d.legacy_id, coalesce(x.found, '') as found
    from ops.import_document d,
      lateral (select hold.found from ${holdsOf} as hold where hold.field = ${field} and hold.code = ${code} limit 1) as x
    where d.collection = ${collection} and d.record_key is not null
    order by d.legacy_id limit ${samplesShown}`.execute(camelCased(db));
  return rows;
};

const samplesOf = { quarantined: inQuarantine, onHold, emptied, repaired: withWarning } as const;

/** What puts a search on hold is shown with its name in the old CRM (`{"city":"?"}`), so each part is masked by its own name. */
const maskedFound = (
  { kind, collection }: Pick<Offender, 'kind' | 'collection'>,
  field: string,
  found: string,
): string => {
  if (kind !== 'onHold') return masked(collection, field, found);
  const inside = maskedDocument(collection, found);
  // A long one is cut, and then cannot be taken apart.
  return inside === null ? shapeOf(found) : JSON.stringify(inside);
};

/** An ID may be an e-mail address. */
const maskedId = (id: string): string => (id.includes('@') ? shapeOf(id) : id);

const orphans = async (db: AnyDatabase): Promise<DataQuality['orphans']> => {
  const { rows } = await sql<{ collection: string; imported: string; waiting: string }>`
    select collection, count(*) filter (where record_key is not null) as imported,
      count(*) filter (where record_key is null) as waiting
    from ops.import_document where unresolved is not null group by 1
    union all
    select 'alerts_sent', 0, count(*) from ops.import_alert_sent where not remembered having count(*) > 0
    order by 1`.execute(db);
  return rows.map(({ collection, imported, waiting }) => ({
    collection,
    imported: Number(imported),
    waiting: Number(waiting),
  }));
};

const keptDocuments = async (db: AnyDatabase): Promise<DataQuality['kept']> => {
  const { rows } = await sql<{ collection: string; documents: number; keptAt: Date; keptBy: string; because: string }>`
    select collection, count(*)::int as documents, kept_at, kept_by, because
    from ops.import_kept group by 1, 3, 4, 5 order by 3, 1`.execute(camelCased(db));
  return rows.map(({ keptAt, ...row }) => ({ ...row, keptAt: keptAt.toISOString() }));
};

const duplicates = async (db: AnyDatabase): Promise<DataQuality['duplicates']> => {
  const { rows } = await sql<{ collection: string; merged: string; records: string; same_id: string }>`
    select collection, sum(merged) as merged, sum(records) as records, sum(same_id) as same_id from (
      select collection, count(*) as merged, count(distinct record_key) as records, 0 as same_id
      from ops.import_document where merged and record_key is not null group by 1
      union all
      select collection, 0, 0, count(*) from ops.quarantine where code = 'id-twice' and resolved_at is null group by 1
    ) as x group by 1 order by 1`.execute(db);
  return rows.map(({ collection, merged, records, same_id }) => ({
    collection,
    merged: Number(merged),
    records: Number(records),
    sameId: Number(same_id),
  }));
};

/** For each collection, what the last run that read all of it found. (Following reads only what changed.) */
const lastUnread = async (db: AnyDatabase): Promise<DataQuality['unread']> => {
  const { rows } = await sql<{ collection: string; unread: Readonly<Record<string, number>> }>`
    select distinct on (collection) collection, coalesce(unread -> collection, '{}') as unread
    from ops.import_run, jsonb_object_keys(counts) as c (collection)
    where finished_at is not null and on_file is not null and kind = 'import'
      and (counts -> collection ->> 'read')::int > 0
    order by collection, import_run_id desc`.execute(db);
  return Object.fromEntries(
    rows.flatMap(({ collection, unread }) => (Object.keys(unread).length === 0 ? [] : [[collection, unread]])),
  );
};
