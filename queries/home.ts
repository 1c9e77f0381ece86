import { type QueryExecutorProvider, sql } from 'kysely';
import { ifThere } from './if-there.ts';

/** A home as a buyer is shown it. */
export type PublicHome = {
  readonly listingId: string | null;
  readonly standardStatus: string;
  readonly listPrice: number | null;
  /** The address, or the town where its owner does not want it known. */
  readonly address: string;
  readonly facts: readonly string[];
  readonly features: readonly string[];
  readonly publicRemarks: string | null;
  readonly listOfficeName: string | null;
};

/** A home by its listing key; `null` when there is none, or its owner does not want it on the Internet. */
export const readHome = async (db: QueryExecutorProvider, listingKey: string): Promise<PublicHome | null> => {
  const { rows } = await ifThere(
    sql<{
      listing_id: string | null;
      standard_status: string;
      list_price: number | null;
      address: string | null;
      beds: number | null;
      baths: number | null;
      area: number | null;
      property_sub_type: string | null;
      year_built: number | null;
      features: string[] | null;
      public_remarks: string | null;
      list_office_name: string | null;
    }>`
      select listing_id, standard_status, list_price::float8 as list_price, bedrooms_total as beds,
        bathrooms_total_integer as baths, living_area::float8 as area, property_sub_type, year_built, features,
        public_remarks, list_office_name,
        case when internet_address_display_yn is not false then coalesce(unparsed_address, city) else city end as address
      from read.listings
      where listing_key = ${listingKey} and internet_entire_listing_display_yn is not false
        and standard_status not in ('Delete', 'Incomplete')`.execute(db),
    { rows: [] },
  );
  const row = rows[0];
  if (row === undefined) return null;
  const counted = (count: number | null, what: string) =>
    count === null ? null : `${count.toLocaleString('en-US')} ${what}`;
  const facts = [
    counted(row.beds, row.beds === 1 ? 'bed' : 'beds'),
    counted(row.baths, row.baths === 1 ? 'bath' : 'baths'),
    counted(row.area, 'sq ft'),
    row.property_sub_type,
    row.year_built === null ? null : `built ${row.year_built}`,
  ];
  return {
    listingId: row.listing_id,
    standardStatus: row.standard_status,
    listPrice: row.list_price,
    address: row.address ?? 'A home',
    facts: facts.filter((fact) => fact !== null),
    features: row.features ?? [],
    publicRemarks: row.public_remarks,
    listOfficeName: row.list_office_name,
  };
};
