import { sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';

/** A document of a record, with what tells it from the others. */
export type DocumentOfRecord = {
  readonly legacyId: string;
  readonly updatedAt: Date | null;
  /** Name, addresses and phone number of a lead; MLS number, address and price of a listing. */
  readonly says: Readonly<Record<string, unknown>>;
};

/** The collection whose documents a record consists of. */
export const collectionOf = { lead: 'contacts', listing: 'properties' } as const;
export type SplittableName = keyof typeof collectionOf;

const shownFields = {
  lead: ['firstName', 'lastName', 'email', 'otherEmails', 'mobilePhone'],
  listing: ['listingId', 'unparsedAddress', 'listPrice', 'standardStatus'],
} as const;

/** The documents that a lead or a listing consists of, oldest first. */
export const documentsOfRecord = async (
  db: AnyDatabase,
  aggregate: SplittableName,
  recordKey: string,
): Promise<readonly DocumentOfRecord[]> => {
  const { rows } = await sql<{ legacyId: string; updatedAt: Date | null; fields: Record<string, unknown> }>`
    select legacy_id, updated_at, payload -> 'fields' as fields from ops.import_document
    where collection = ${collectionOf[aggregate]} and record_key = ${recordKey}
    order by created_at nulls last, legacy_id`.execute(camelCased(db));
  return rows.map(({ legacyId, updatedAt, fields }) => ({
    legacyId,
    updatedAt,
    says: Object.fromEntries(shownFields[aggregate].flatMap((name) => (name in fields ? [[name, fields[name]]] : []))),
  }));
};
