import { type Kysely, sql } from 'kysely';
import type { Known } from '../domain/changes.ts';
import { listingFields } from '../domain/listing/fields.ts';
import {
  factFields,
  factsInWords,
  isDisplayed,
  isUnpublished,
  type ListingFields,
  photoOf,
  publicAddressOf,
} from '../domain/listing/index.ts';
import type { StandardStatus } from '../domain/reso.ts';
import { fieldList } from '../projections/columns.ts';
import { ifThere } from './if-there.ts';

/** A home as shown to buyers. */
export type PublicHome = {
  readonly listingId: string | null;
  readonly standardStatus: StandardStatus;
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
  'internetEntireListingDisplayYN',
  'media',
] as const;

/** A home by its listing key; `null` if there is none, it is not published, or its owner does not want it on the Internet. */
export const readHome = async (db: Kysely<unknown>, listingKey: string): Promise<PublicHome | null> => {
  const { rows } = await ifThere(
    sql<Known<Pick<ListingFields, (typeof shownFields)[number]>>>`
      select ${sql.raw(fieldList(listingFields, shownFields))} from read.listings
      where listing_key = ${listingKey}`.execute(db),
    { rows: [] },
  );
  const [row] = rows;
  if (!row?.standardStatus || isUnpublished(row) || !isDisplayed(row)) return null;
  return {
    listingId: row.listingId ?? null,
    standardStatus: row.standardStatus,
    listPrice: row.listPrice ?? null,
    address: publicAddressOf(row) ?? row.city ?? 'A home',
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
