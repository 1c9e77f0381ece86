import type { RecordName } from '../domain/catalogue/field.ts';
import type { EventStore } from '../eventstore/event-store.ts';
import { type HistoryEntry, readHistory } from './read-history.ts';
import { recordTypes } from './record-types.ts';

const pageSize = 100;

/** A page of a record's history, newest first. */
export type HistoryPage = {
  readonly entries: readonly HistoryEntry[];
  /** How many events the record has. */
  readonly total: number;
  /** What the record is called now. */
  readonly title: string | null;
  /** Give it as `before` for the next page; `null`: there are no older events. */
  readonly older: number | null;
};

/** The newest entries before a revision. Reads the stream once from the beginning, and keeps at most a page in memory. */
export const readHistoryPage = async (
  store: Pick<EventStore, 'readStream'>,
  aggregate: RecordName,
  key: string,
  before = Number.POSITIVE_INFINITY,
): Promise<HistoryPage> => {
  const kept: HistoryEntry[] = [];
  let total = 0;
  let title: string | null = null;
  for await (const { entry, fields } of readHistory(store, aggregate, key)) {
    total++;
    title = recordTypes[aggregate].titleOf(fields);
    if (entry.revision >= before) continue;
    kept.push(entry);
    if (kept.length > pageSize + 1) kept.shift();
  }
  const more = kept.length > pageSize;
  const entries = kept.slice(-pageSize).reverse();
  return { entries, total, title, older: more ? entries.at(-1)!.revision : null };
};
