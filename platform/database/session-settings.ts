import type { ClientBase } from 'pg';

/**
 * Settings that our SQL and the parsing of its results rely on. A server, database or role may have other defaults
 * (`alter database … set datestyle = 'German, DMY'`), under which dates would silently be misread.
 */
const settings: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  transform_null_equals: 'off',
  array_nulls: 'on',
  lc_numeric: 'C',
  lc_monetary: 'C',
  lc_time: 'C',
  search_path: 'public',
  row_security: 'on',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  // Statements that need a limit set their own; building an index or waiting for a lock may take long.
  statement_timeout: '0',
  lock_timeout: '0',
  transaction_timeout: '0',
  idle_session_timeout: '0',
};

// Settings that this version of PostgreSQL does not have are skipped.
const pin = `select set_config(pinned.name, pinned.value, false)
  from unnest($1::text[], $2::text[]) as pinned (name, value)
  join pg_catalog.pg_settings on lower(pg_settings.name) = pinned.name and pg_settings.context = 'user'`;

/** Pins the settings of a new connection, before its first statement. @throws what the connection throws */
export const pinSession = async (client: ClientBase): Promise<void> => {
  await client.query(pin, [Object.keys(settings), Object.values(settings)]);
};
