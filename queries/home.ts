import type { Kysely } from 'kysely';
import { factsInWords } from '../domain/listing/index.ts';
import { typed } from './database.ts';
import { ifThere } from './if-there.ts';

/** A home as a buyer is shown it. */
export type PublicHome = {
  readonly listingId: string | null;
  readonly standardStatus: string | null;
  readonly listPrice: number | null;
  /** The address, or the town where its owner does not want it known. */
  readonly address: string;
  readonly facts: readonly string[];
  readonly features: readonly string[];
  readonly publicRemarks: string | null;
  readonly listOfficeName: string | null;
};

/** A home by its listing key; `null` when there is none, or its owner does not want it on the Internet. */
export const readHome = async (db: Kysely<unknown>, listingKey: string): Promise<PublicHome | null> => {
  const row = await ifThere(
    typed(db)
      .selectFrom('read.listings')
      .select([
        'listingId',
        'standardStatus',
        'listPrice',
        'bedroomsTotal',
        'bathroomsFull',
        'bathroomsHalf',
        'bathroomsTotalInteger',
        'livingArea',
        'propertySubType',
        'yearBuilt',
        'features',
        'publicRemarks',
        'listOfficeName',
        'unparsedAddress',
        'city',
        'internetAddressDisplayYN',
      ])
      .where('listingKey', '=', listingKey)
      .where('internetEntireListingDisplayYN', 'is distinct from', false)
      .where('standardStatus', 'not in', ['Delete', 'Incomplete'])
      .executeTakeFirst(),
    undefined,
  );
  if (row === undefined) return null;
  const address = row.internetAddressDisplayYN === false ? row.city : (row.unparsedAddress ?? row.city);
  return {
    listingId: row.listingId,
    standardStatus: row.standardStatus,
    listPrice: amount(row.listPrice),
    address: address ?? 'A home',
    facts: factsInWords({ ...row, livingArea: amount(row.livingArea) }),
    features: row.features ?? [],
    publicRemarks: row.publicRemarks,
    listOfficeName: row.listOfficeName,
  };
};

/** PostgreSQL's numeric as a number: money and areas fit one. */
const amount = (numeric: string | null): number | null => (numeric === null ? null : Number(numeric));
