import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ProjectionEntry } from '../../../projections/index.ts';

const engine = fileURLToPath(new URL('../../../projections/record-projection.ts', import.meta.url));

/** What a test can change in the small read model below. */
export type PricesCode = {
  readonly version?: number;
  /** The body of the handler of ListPriceChanged; `data`, `row` and `event` are in scope. */
  readonly onPrice?: string;
  readonly onStatus?: string;
  /** Further columns, as `{ note: 'text' }`. */
  readonly columns?: string;
};

/**
 * `prices`: a small read model of listings, as a file on disk that a test can fix like a developer would: each handler
 * is given as the source of its body.
 */
export const pricesOnDisk = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openhouse-prices-'));
  const entry = join(folder, 'projection.ts');
  const write = async ({ version = 1, onPrice, onStatus, columns = '{}' }: PricesCode = {}): Promise<void> => {
    await writeFile(
      entry,
      `import { recordProjection } from '${engine}';
const nothing = () => ({});
export default recordProjection()({
  name: 'prices', version: ${version}, category: 'listing', key: 'listingKey', created: 'ListingEntered',
  columns: { listPrice: 'numeric(14,2)', standardStatus: 'text', changes: 'integer', ...${columns} },
  handlers: {
    ListingEntered: ({ listPrice, standardStatus }) => ({ listPrice, standardStatus, changes: 0 }),
    ListPriceChanged: (data, row, event) => { ${onPrice ?? 'return { listPrice: data.listPrice, changes: row.changes + 1 };'} },
    StandardStatusChanged: (data, row, event) => { ${onStatus ?? 'return { standardStatus: data.standardStatus };'} },
    ListingMediaChanged: nothing, ListAgentChanged: nothing, ListingDetailsCorrected: nothing, ListingMerged: nothing,
  },
});
`,
    );
  };
  await write();
  return {
    entries: [{ entry }] as readonly ProjectionEntry[],
    write,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};

/** `prices` for all tests of a file. */
export const usePrices = (): Awaited<ReturnType<typeof pricesOnDisk>> => {
  let code: Awaited<ReturnType<typeof pricesOnDisk>> | undefined;
  before(async () => {
    code = await pricesOnDisk();
  });
  after(async () => await code?.remove());
  return new Proxy({} as NonNullable<typeof code>, { get: (_, name) => Reflect.get(code!, name) });
};
