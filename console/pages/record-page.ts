import { z } from 'zod';
import type { RecordName } from '../../domain/catalogue/field.ts';
import { formatTime } from '../../history/format.ts';
import type { HistoryPage } from '../../history/history-page.ts';
import { slugOf } from '../../history/record-types.ts';
import type { Page } from '../deps.ts';
import { linkKeys } from '../rendering/link-keys.ts';

/** The query of a record's page: which form brought the visitor here, and the page of its history. */
export const recordQuerySchema = z.object({
  done: z.string().max(20).optional().catch(undefined),
  before: z.coerce.number().int().min(1).optional().catch(undefined),
});

/** What the partial `events` needs to show a record's history. */
export const historyOf = async (
  { db, config }: Pick<Page['deps'], 'db' | 'config'>,
  aggregate: RecordName,
  key: string,
  history: HistoryPage,
) => ({
  aggregate,
  slug: slugOf(aggregate),
  key,
  ...history,
  zone: config.timeZone,
  timeIn: (iso: string) => formatTime(iso, config.timeZone),
  linked: await linkKeys(db, aggregate, history.entries, {}, config.timeZone),
});
