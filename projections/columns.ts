import type { Field, Fields } from '../domain/catalogue/field.ts';
import { type ColumnType, columnName } from './projection.ts';

/** The column type for each kind of field. */
const columnTypes = {
  text: 'text',
  name: 'text',
  code: 'text',
  key: 'text',
  email: 'text',
  phone: 'text',
  postalCode: 'text',
  slackUser: 'text',
  choice: 'text',
  keys: 'text[]',
  emails: 'text[]',
  words: 'text[]',
  legacyIds: 'text[]',
  choices: 'text[]',
  money: 'numeric(14,2)',
  count: 'integer',
  year: 'integer',
  number: 'numeric',
  area: 'numeric',
  degrees: 'double precision',
  date: 'date',
  timestamp: 'timestamptz',
  flag: 'boolean',
  structure: 'jsonb',
} as const satisfies Record<Field['kind'], ColumnType>;

export type ColumnsOf<Of extends Fields> = {
  readonly [Name in keyof Of]: (typeof columnTypes)[Of[Name]['kind']];
};

/** The columns for fields; a new field of the domain is in the read model with its next build. */
export const columnsOf = <const Of extends Fields>(fields: Of): ColumnsOf<Of> =>
  Object.fromEntries(Object.entries(fields).map(([name, { kind }]) => [name, columnTypes[kind]])) as ColumnsOf<Of>;

/**
 * The select list that returns a read model's rows as the domain's fields: `living_area::float8 as "livingArea"`. The
 * cast is needed because PostgreSQL's numeric does not arrive as a number; amounts of money and areas fit into one.
 */
export const fieldList = <Of extends Fields>(fields: Of, names: readonly (keyof Of & string)[]): string =>
  names
    .map((name) => {
      const number = columnTypes[fields[name]!.kind].startsWith('numeric') ? '::float8' : '';
      return `${columnName(name)}${number} as "${name}"`;
    })
    .join(', ');
