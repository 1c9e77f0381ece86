/**
 * The rows of a query in the order of a text key, a page at a time: each page begins after the last row of the one before, so that
 * memory stays flat and no page is skipped when rows of earlier ones go.
 *
 * @param read the first `size` rows whose key is greater than `after`, in that order
 * @example
 * for await (const rows of pagesBy((row: Row) => row.legacy_id, 1_000, async (after, size) =>
 *   (await sql<Row>`select legacy_id from t where legacy_id > ${after} order by 1 limit ${size}`.execute(db)).rows)) …
 */
export async function* pagesBy<Row>(
  keyOf: (row: Row) => string,
  size: number,
  read: (after: string, size: number) => Promise<readonly Row[]>,
): AsyncGenerator<readonly Row[], void, undefined> {
  for (let after = ''; ; ) {
    const rows = await read(after, size);
    if (rows.length > 0) yield rows;
    if (rows.length < size) return;
    after = keyOf(rows.at(-1)!);
  }
}
