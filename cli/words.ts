/** `12,044` */
export const number = (value: number): string => value.toLocaleString('en-US');

/** `1 row`, `12,044 rows`; `more` is for irregular plurals. */
export const counted = (count: number, one: string, more = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : more}`;
