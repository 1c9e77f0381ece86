import { type Kysely, type RawBuilder, sql } from 'kysely';
import { typed } from '../../tables/database.ts';
import { ifThere } from '../if-there.ts';
import { readableDocument } from './readable-document.ts';

/** A legacy document that could not become a record. */
export type QuarantineRow = {
  readonly quarantineId: string;
  readonly collection: string;
  readonly legacyId: string | null;
  readonly place: string;
  readonly code: string;
  readonly path: string;
  readonly reason: string;
  /** Extended JSON as people read it (see readable-document.ts): indented if complete, otherwise its beginning. */
  readonly raw: string;
  /** The size of the whole document. */
  readonly bytes: number;
  readonly whole: boolean;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  /** How often the present content was tried. */
  readonly attempts: number;
  /** The mapping that read it last, and a hash of all that it says; `null`: a release that did not say. */
  readonly mapping: string | null;
  readonly mappingVersion: string | null;
  readonly contentHash: string;
  /** Its record was refused when it was applied: `raw` is the document in our terms. */
  readonly refusedYN: boolean;
  readonly resolvedAt: Date | null;
  /** When it left because the document was no longer found: the old CRM does not have it, or the mapping leaves it out. */
  readonly goneAt: Date | null;
  readonly dismissedAt: Date | null;
  readonly dismissedBy: string | null;
  readonly dismissedBecause: string | null;
};

/** Which entries: open ones, unless `dismissed`. `search` looks for a text in the document, its ID and the reason. */
export type QuarantineFilter = {
  readonly collection?: string | undefined;
  readonly code?: string | undefined;
  readonly search?: string | undefined;
  readonly dismissed?: boolean | undefined;
};

/** How much of a document a page shows, in characters; a document may have 16 MB and more. */
const shownCharacters = 20_000;
/** For a reason or an ID, which may quote the document. */
const shownWords = 2_000;

/** Documents in quarantine, newest first, each cut to what a page shows; `before` is the ID of the last one seen. */
export const readQuarantine = async (
  db: Kysely<unknown>,
  { before, ...filter }: QuarantineFilter & { readonly before?: string | undefined },
  limit: number,
): Promise<readonly QuarantineRow[]> => {
  let query = shownEntries(db).where('resolvedAt', 'is', null).where(matching(filter));
  if (before !== undefined) query = query.where('quarantineId', '<', before);
  return (await ifThere(query.orderBy('quarantineId', 'desc').limit(limit).execute(), [])).map(shownRow);
};

/** One entry, whatever became of it; `null` if there is none. */
export const readQuarantineEntry = async (db: Kysely<unknown>, quarantineId: string): Promise<QuarantineRow | null> => {
  const row = await ifThere(shownEntries(db).where('quarantineId', '=', quarantineId).executeTakeFirst(), undefined);
  return row === undefined ? null : shownRow(row);
};

/** A correction of an entry by a person. */
export type QuarantineEdit = {
  readonly changes: readonly { readonly path: string; readonly value?: unknown; readonly unset?: true }[];
  readonly editedBy: string;
  readonly because: string;
  readonly editedAt: Date;
  /** Of the version that it corrects. */
  readonly contentHash: string;
  readonly droppedAt: Date | null;
};

/** The corrections of an entry, oldest first. */
export const readQuarantineEdits = async (
  db: Kysely<unknown>,
  quarantineId: string,
): Promise<readonly QuarantineEdit[]> => {
  const rows = await ifThere(
    typed(db)
      .selectFrom('ops.quarantineEdit')
      .select(['changes', 'editedBy', 'because', 'editedAt', 'contentHash', 'droppedAt'])
      .where('quarantineId', '=', quarantineId)
      .orderBy('editId')
      .execute(),
    [],
  );
  return rows as QuarantineEdit[];
};

const matching = ({ collection, code, search, dismissed = false }: QuarantineFilter): RawBuilder<boolean> => {
  const conditions = [
    dismissed ? sql`dismissed_at is not null` : sql`dismissed_at is null`,
    ...(collection === undefined ? [] : [sql`ops.quarantine.collection = ${collection}`]),
    ...(code === undefined ? [] : [sql`code = ${code}`]),
    ...(search === undefined
      ? []
      : [sql`position(lower(${search}) in lower(concat_ws(' ', document_key, place, reason, raw::text))) > 0`]),
  ];
  return sql<boolean>`(${sql.join(conditions, sql` and `)})`;
};

/** A whole document as a row shows it. @param text canonical Extended JSON */
export const shownDocument = (text: string): Pick<QuarantineRow, 'raw' | 'bytes' | 'whole'> => {
  const [shown, whole] = [text.slice(0, shownCharacters), text.length <= shownCharacters];
  return shownRow({ raw: shown, whole, bytes: Buffer.byteLength(text) });
};

const shownRow = <Row extends { raw: string; whole: boolean }>(row: Row): Row => {
  const raw = readableDocument(row.raw);
  return { ...row, raw: row.whole ? indented(raw) : raw };
};

const shownEntries = (db: Kysely<unknown>) =>
  typed(db)
    .selectFrom('ops.quarantine')
    // As text, so that it is shown as it was read. `offset 0` makes PostgreSQL unpack it only once.
    .innerJoinLateral(sql<{ text: string }>`(select raw::text as text offset 0)`.as('document'), (join) =>
      join.onTrue(),
    )
    .leftJoin('ops.importRun', 'ops.importRun.importRunId', 'ops.quarantine.importRunId')
    .select(['quarantineId', 'collection', 'place', 'code', 'firstSeenAt', 'lastSeenAt', 'attempts', 'contentHash'])
    .select(['refusedYN', 'resolvedAt', 'dismissedAt', 'dismissedBy', 'dismissedBecause', 'mapping', 'mappingVersion'])
    .select([
      // Older releases that still run leave it when the document comes back.
      sql<Date | null>`case when resolved_at is not null then gone_at end`.as('goneAt'),
      sql<string | null>`left(legacy_id, ${shownWords})`.as('legacyId'),
      sql<string>`left(path, ${shownWords})`.as('path'),
      sql<string>`left(reason, ${shownWords})`.as('reason'),
      sql<string>`left(document.text, ${shownCharacters})`.as('raw'),
      sql<number>`octet_length(document.text)`.as('bytes'),
      sql<boolean>`length(document.text) <= ${shownCharacters}`.as('whole'),
    ]);

/** How many characters are fetched at a time when reading a whole document. */
const pieceLength = 1024 * 1024;

/**
 * The whole text of a document in quarantine, piece by piece; `null` if there is none with that ID.
 *
 * @throws during reading, if an import has replaced the document in the meantime
 */
export const readQuarantinedDocument = async (
  db: Kysely<unknown>,
  quarantineId: string,
): Promise<AsyncIterable<string> | null> => {
  const piece = async (from: number) => {
    const { rows } = await sql<{ text: string; hash: string }>`
      select substr(raw::text, ${from}, ${pieceLength}) as text, content_hash as hash
      from ops.quarantine where quarantine_id = ${quarantineId}`.execute(db);
    return rows[0] ?? null;
  };
  const first = await ifThere(piece(1), null);
  if (first === null) return null;
  return (async function* () {
    yield first.text;
    // A piece's length in JavaScript characters may differ from PostgreSQL's, so only an empty piece marks the end.
    for (let from = 1 + pieceLength; ; from += pieceLength) {
      const next = await piece(from);
      if (next?.hash !== first.hash) throw new Error('the document was replaced while it was being read');
      if (next.text === '') return;
      yield next.text;
    }
  })();
};

/** How many documents are in quarantine, by collection and code. */
export const countQuarantine = async (
  db: Kysely<unknown>,
  filter: QuarantineFilter = {},
): Promise<readonly { collection: string; code: string; count: number }[]> => {
  const rows = await ifThere(
    typed(db)
      .selectFrom('ops.quarantine')
      .select(({ fn }) => ['collection', 'code', fn.countAll<string>().as('count')])
      .where('resolvedAt', 'is', null)
      .where(matching(filter))
      .groupBy(['collection', 'code'])
      .orderBy('count', 'desc')
      .orderBy('collection')
      .orderBy('code')
      .execute(),
    [],
  );
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
};

const indented = (raw: string): string => {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
};
