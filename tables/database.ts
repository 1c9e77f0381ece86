import { CamelCasePlugin, type ColumnType, type Kysely, type QueryExecutorProvider } from 'kysely';
import type agents from '../projections/agents/projection.ts';
import type leadOffers from '../projections/lead-offers/projection.ts';
import type leads from '../projections/leads/projection.ts';
import type listingChanges from '../projections/listing-changes/projection.ts';
import type listings from '../projections/listings/projection.ts';
import type { ColumnType as SqlType } from '../projections/projection.ts';
import type savedSearches from '../projections/saved-searches/projection.ts';
import type { opsTables } from './ops/ops-tables.ts';

/** The TypeScript type of each PostgreSQL type, as platform/database/database.ts parses it. */
type Value = {
  text: string;
  uuid: string;
  'text[]': string[];
  integer: number;
  /** May be larger than a number can represent. */
  bigint: string;
  'bigint[]': string[];
  numeric: string;
  'numeric(14,2)': string;
  'double precision': number;
  boolean: boolean;
  /** `YYYY-MM-DD` */
  date: string;
  timestamptz: Date;
  json: unknown;
  jsonb: unknown;
  bytea: Buffer;
  xid8: string;
};

/**
 * The type to write to a column, where it differs from the type that is read: JSON is written as text (`storableJson`).
 */
type Taken = Omit<Value, 'bigint' | 'timestamptz' | 'json' | 'jsonb'> & {
  bigint: bigint | number | string;
  timestamptz: Date | string;
  json: string;
  jsonb: string;
};

type Tables = typeof agents.tables &
  typeof leadOffers.tables &
  typeof leads.tables &
  typeof listingChanges.tables &
  typeof listings.tables &
  typeof savedSearches.tables;

/** A read model's table, from its own columns; those of its key are never null. */
type ReadRow<Table> = Table extends { readonly columns: infer Columns; readonly key: readonly (infer Key)[] }
  ? {
      [Name in keyof Columns]: Columns[Name] extends SqlType
        ? Value[Columns[Name]] | (Name extends Key ? never : null)
        : never;
    }
  : never;

/** A column of `ops`, as it is read, inserted and updated. */
type OpsColumn<Type> = Type extends `${infer Plain extends keyof Value} null`
  ? ColumnType<Value[Plain] | null, Taken[Plain] | null | undefined, Taken[Plain] | null>
  : Type extends `${infer Plain extends keyof Value} default`
    ? ColumnType<Value[Plain], Taken[Plain] | undefined, Taken[Plain]>
    : Type extends keyof Value
      ? ColumnType<Value[Type], Taken[Type], Taken[Type]>
      : never;

type OpsRow<Columns> = { [Name in keyof Columns]: OpsColumn<Columns[Name]> };

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/** A projection's private tables have no view. */
type ReadTables = {
  [Name in keyof Tables & string as Tables[Name] extends { readonly internal: true }
    ? never
    : `read.${Camel<Name>}`]: ReadRow<Tables[Name]>;
};

/**
 * Everything that can be queried: `read.*` as the projections define it, `ops.*` as in `ops/`. camelCase
 * throughout.
 */
export type Database = ReadTables & {
  [Name in keyof typeof opsTables as `ops.${Name}`]: OpsRow<(typeof opsTables)[Name]>;
};

/**
 * SQL uses the projections' snake_case names. The abbreviations that RESO writes in capitals do not survive that
 * conversion, so they are mapped separately.
 */
class Names extends CamelCasePlugin {
  protected override camelCase(name: string): string {
    return super.camelCase(name).replace(/Yn$/, 'YN').replace(/Url$/, 'URL');
  }
}

const names = new Names({ maintainNestedObjectKeys: true });

/**
 * The database with typed tables: an unknown table or column is a type error, and rows come in camelCase.
 *
 * @example await typed(db).selectFrom('read.leads').select(['contactKey', 'leadStage']).execute()
 */
export const typed = (db: Kysely<unknown>): Kysely<Database> => (db as Kysely<Database>).withPlugin(names);

/**
 * Runs SQL that is clearer as SQL: its rows come in camelCase too, without an alias for each column.
 *
 * @example await sql<{ contactKey: string }>`select contact_key from read.leads`.execute(camelCased(db))
 */
export const camelCased = (db: QueryExecutorProvider): QueryExecutorProvider => ({
  getExecutor: () => db.getExecutor().withPlugin(names),
});
