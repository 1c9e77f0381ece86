/**
 * Pages that begin after a row instead of at a number, so that rows which come and go in between neither repeat nor skip
 * any: the cursor of a page holds the last row's sort value and its key.
 */
export type Keyset = readonly [value: string, key: string];

/** A cursor from a request; `null` for anything that no page gave out, which means the first page. */
export const keysetOf = (after: string | undefined): Keyset | null => {
  if (after === undefined) return null;
  try {
    const [value, key] = JSON.parse(Buffer.from(after, 'base64url').toString()) as unknown[];
    return typeof value === 'string' && typeof key === 'string' && !`${value}${key}`.includes('\0')
      ? [value, key]
      : null;
  } catch {
    return null;
  }
};

/**
 * A page of rows and the cursor of the next one; `null`: there is none.
 * @param rows read with a limit of one more than the page
 */
export const pageOf = <Row>(
  rows: readonly Row[],
  limit: number,
  keyset: (last: Row) => Keyset,
): { readonly rows: readonly Row[]; readonly next: string | null } => {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { rows: page, next: more ? Buffer.from(JSON.stringify(keyset(last))).toString('base64url') : null };
};
