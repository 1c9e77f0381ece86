import { type Kysely, sql } from 'kysely';
import type { Known } from '../domain/changes.ts';
import { listingFields } from '../domain/listing/fields.ts';
import { factFields, factsInWords, type ListingFields, photoOf } from '../domain/listing/index.ts';
import { fieldList } from '../projections/columns.ts';
import { ifThere } from './if-there.ts';

/** A home as shown to buyers. */
export type PublicHome = {
  readonly listingId: string | null;
  readonly standardStatus: string | null;
  readonly listPrice: number | null;
  /** The address, or only the town if the owner does not want the address shown. */
  readonly address: string;
  readonly facts: readonly string[];
  readonly features: readonly string[];
  readonly publicRemarks: string | null;
  readonly listOfficeName: string | null;
  /** The address of its first picture. */
  readonly photo: string | null;
};

const shownFields = [
  ...factFields,
  'listingId',
  'standardStatus',
  'listPrice',
  'features',
  'publicRemarks',
  'listOfficeName',
  'unparsedAddress',
  'city',
  'internetAddressDisplayYN',
  'media',
] as const;

/** A home by its listing key; `null` if there is none, or the owner does not want it on the Internet. */
export const readHome = async (db: Kysely<unknown>, listingKey: string): Promise<PublicHome | null> => {
  const { rows } = await ifThere(
    sql<Known<Pick<ListingFields, (typeof shownFields)[number]>>>`
      select ${sql.raw(fieldList(listingFields, shownFields))} from read.listings
      where listing_key = ${listingKey} and internet_entire_listing_display_yn is distinct from false
        and standard_status not in ('Delete', 'Incomplete')`.execute(db),
    { rows: [] },
  );
  const [row] = rows;
  if (row === undefined) return null;
  const address = row.internetAddressDisplayYN === false ? row.city : (row.unparsedAddress ?? row.city);
  return {
    listingId: row.listingId ?? null,
    standardStatus: row.standardStatus ?? null,
    listPrice: row.listPrice ?? null,
    address: address ?? 'A home',
    facts: factsInWords(row),
    features: row.features ?? [],
    publicRemarks: row.publicRemarks ?? null,
    listOfficeName: row.listOfficeName ?? null,
    photo: photoOf(row),
  };
};

const agentFields = [
  'listingId',
  'standardStatus',
  'listPrice',
  'propertyType',
  'unparsedAddress',
  ...factFields,
] as const;

/** A listing for agents, whatever its owner wants on the Internet; `undefined` if there is none. */
export const readListingForAgents = async (
  db: Kysely<unknown>,
  listingKey: string,
): Promise<Known<Pick<ListingFields, (typeof agentFields)[number]>> | undefined> => {
  const { rows } = await sql<Known<Pick<ListingFields, (typeof agentFields)[number]>>>`
    select ${sql.raw(fieldList(listingFields, agentFields))} from read.listings
    where listing_key = ${listingKey}`.execute(db);
  return rows[0];
};
