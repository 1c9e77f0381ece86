/** `12,044` */
export const number = (value: number): string => value.toLocaleString('en-US');

/** `1 row`, `12,044 rows`; with `more` for what is not made by an s. */
export const counted = (count: number, one: string, more = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : more}`;
