import { entryOf, isDocument, isEmpty, isMissing, spelled } from '../../reading.ts';

const names = {
  field: ['field', 'name', 'key', 'attribute', 'property', 'column'],
  operator: ['op', 'operator', 'comparison', 'comparator'],
  value: ['value', 'val', 'values'],
} as const;

const operators: Readonly<Record<string, string>> = {
  ...spelled('$eq', '= == === eq $eq is equals equal equalto'),
  ...spelled('$in', 'in $in anyof oneof isanyof isoneof'),
  ...spelled(
    '$gte',
    '>= ≥ gte ge $gte min minimum from atleast greaterthanorequal greaterthanorequalto greaterorequal',
  ),
  ...spelled('$lte', '<= ≤ lte le $lte max maximum to upto atmost lessthanorequal lessthanorequalto lessorequal'),
  ...spelled('$gt', '> gt $gt greaterthan morethan'),
  ...spelled('$lt', '< lt $lt lessthan fewerthan'),
};

/**
 * The entries of a query that is a list of conditions, which must all hold: `[{ field: 'price', op: '<=', value: 500000 }]`, also with
 * other names for the three. Their values get Mongo's operators; a condition with anything else in it gets one that no criterion has.
 *
 * @returns `undefined` for any other list
 */
export const conditionsIn = (list: readonly unknown[]): readonly (readonly [string, unknown])[] | undefined => {
  const entries = list.filter((item) => !isMissing(item)).map(entryIn);
  return entries.length === 0 || entries.some((entry) => entry === undefined)
    ? undefined
    : (entries as (readonly [string, unknown])[]);
};

const entryIn = (condition: unknown): readonly [string, unknown] | undefined => {
  if (!isDocument(condition)) return undefined;
  const { _id: _, id: __, ...parts } = condition;
  const part = (known: readonly string[]) => Object.keys(parts).filter((name) => known.includes(name.toLowerCase()));
  const [[field, ...otherFields], [operator, ...otherOperators], [value, ...otherValues]] = [
    part(names.field),
    part(names.operator),
    part(names.value),
  ];
  const name = field === undefined ? undefined : parts[field];
  if (typeof name !== 'string' || name.trim().startsWith('$') || operator === undefined) return undefined;
  const others = [otherFields, otherOperators, otherValues].flat().length + Object.keys(parts).length - 3;
  const wanted = value === undefined ? undefined : parts[value];
  const said = parts[operator];
  const known = typeof said === 'string' && said.length < 40 ? said.toLowerCase().replace(/[\s_-]/g, '') : '';
  // A sign before the name may exclude.
  if (others > 0 || value === undefined || !/^\w/.test(name.trim())) return [name, { $condition: condition }];
  if (known === 'between' && Array.isArray(wanted) && wanted.length === 2 && !wanted.some(isMissing))
    return [name, { $gte: wanted[0], $lte: wanted[1] }];
  const mongo = entryOf(operators, known);
  // An empty list is no form in which nothing was chosen: nothing is in it.
  if (mongo === undefined || (Array.isArray(wanted) && isEmpty(wanted))) return [name, { $condition: condition }];
  // Nothing was chosen.
  return [name, isMissing(wanted) ? undefined : { [mongo]: wanted }];
};
