import { serialize } from 'bson';
import { sql } from 'kysely';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import { endsPage } from '../../../importers/raw/page.ts';
import { newId } from './documents.ts';
import { streamsOf, type TestImporter } from './importer.ts';

/** The document with an `_id` that ends a page, so that what follows is another page. */
const endOfPage = <Document extends object>(document: Document): Document => {
  for (;;) {
    const ending = { ...document, _id: newId() };
    const bytes = Buffer.from(serialize(ending));
    if (
      endsPage(
        bytes,
        0,
        bytes.length,
        Array.from({ length: 200 }, () => bytes.length),
      )
    )
      return ending;
  }
};

/** So many that they are a page of their own. */
export const fill = <Document extends object>(make: () => Document): Document[] => [
  ...Array.from({ length: 127 }, make),
  endOfPage(make()),
];

export const mapping = await loadMapping();
/** Reads the same, but is another version. */
export const newerMapping = {
  ...mapping,
  version: `${mapping.version}b`,
  types: Object.fromEntries(
    Object.entries(mapping.types).map(([name, type]) => [name, { ...type, version: `${type.version}b` }]),
  ),
} as typeof mapping;

/** Everything that an import leaves behind, except what tells it what has not changed. */
export const leftBehind = async ({ db, store }: Pick<TestImporter, 'db' | 'store'>) => {
  const rows: Record<string, unknown> = {};
  for (const table of [
    'import_document',
    'import_identity',
    'import_document_name',
    'import_address',
    'import_opt_out',
    'import_pending',
    'import_record',
    'import_merged',
    'import_split',
    'quarantine',
    'quarantine_edit',
  ]) {
    const { rows: found } = await sql<{ row: string }>`
      select (to_jsonb(t) - 'original_block')::text as row from ${sql.table(`ops.${table}`)} t order by 1`.execute(db);
    rows[table] = found.map(({ row }) => row);
  }
  const { rows: alerts } = await sql`
    select legacy_id, search_ref, listing_ref, sent_at, remembered from ops.import_alert_sent order by 1`.execute(db);
  return { ...rows, alerts, streams: await streamsOf(store) };
};

export const twice = <Item>(items: readonly Item[]): Item[] => [...items, ...items];
