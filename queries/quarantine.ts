import { type Kysely, sql } from 'kysely';
import { typed } from './tables/database.ts';
import { ifThere } from './tables/if-there.ts';

/** A legacy document that could not become a record. */
export type QuarantineRow = {
  readonly quarantineId: string;
  readonly collection: string;
  readonly legacyId: string | null;
  readonly place: string;
  readonly code: string;
  readonly path: string;
  readonly reason: string;
  /** Canonical Extended JSON: indented if it is here as a whole, else its beginning. */
  readonly raw: string;
  /** Of the whole document. */
  readonly bytes: number;
  readonly whole: boolean;
  readonly firstSeenAt: Date;
};

/** As much of a document as a page shows, in characters; a document may have 16 MB and more. */
const shownCharacters = 20_000;
/** Of a reason or an id, which may quote the document. */
const shownWords = 2_000;

/** Documents in quarantine, the newest first, each cut to what a page shows; `before` is the id of the last one seen. */
export const readQuarantine = async (
  db: Kysely<unknown>,
  { collection, code, before }: { collection?: string; code?: string; before?: string },
  limit: number,
): Promise<readonly QuarantineRow[]> => {
  let query = typed(db)
    .selectFrom('ops.quarantine')
    // As text: it is shown as it was read. `offset 0`: it is unpacked once.
    .innerJoinLateral(sql<{ text: string }>`(select raw::text as text offset 0)`.as('document'), (join) =>
      join.onTrue(),
    )
    .select(['quarantineId', 'collection', 'place', 'code', 'firstSeenAt'])
    .select([
      sql<string | null>`left(legacy_id, ${shownWords})`.as('legacyId'),
      sql<string>`left(path, ${shownWords})`.as('path'),
      sql<string>`left(reason, ${shownWords})`.as('reason'),
      sql<string>`left(document.text, ${shownCharacters})`.as('raw'),
      sql<number>`octet_length(document.text)`.as('bytes'),
      sql<boolean>`length(document.text) <= ${shownCharacters}`.as('whole'),
    ])
    .where('resolvedAt', 'is', null);
  if (collection !== undefined) query = query.where('collection', '=', collection);
  if (code !== undefined) query = query.where('code', '=', code);
  if (before !== undefined) query = query.where('quarantineId', '<', before);
  const rows = await ifThere(query.orderBy('quarantineId', 'desc').limit(limit).execute(), []);
  return rows.map((row) => ({ ...row, raw: row.whole ? indented(row.raw) : row.raw }));
};

/** Characters that are fetched at once of a document that is read as a whole. */
const pieceLength = 1024 * 1024;

/**
 * The whole text of a document in quarantine, piece by piece; `null` when there is none of that id.
 *
 * @throws while it is read, when an import has replaced the document meanwhile
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
    // A piece may be shorter in characters of JavaScript, never in those of PostgreSQL: the end is an empty one.
    for (let from = 1 + pieceLength; ; from += pieceLength) {
      const next = await piece(from);
      if (next?.hash !== first.hash) throw new Error('the document was replaced while it was read');
      if (next.text === '') return;
      yield next.text;
    }
  })();
};

/** How many wait, by collection and code. */
export const countQuarantine = async (
  db: Kysely<unknown>,
): Promise<readonly { collection: string; code: string; count: number }[]> => {
  const rows = await ifThere(
    typed(db)
      .selectFrom('ops.quarantine')
      .select(({ fn }) => ['collection', 'code', fn.countAll<string>().as('count')])
      .where('resolvedAt', 'is', null)
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
