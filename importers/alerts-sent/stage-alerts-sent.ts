import { mapAlertSent } from '../legacy/alerts-sent.ts';
import { documentKey } from '../legacy/fields/ids/document-id.ts';
import type { QuarantineReason } from '../legacy/mapping.ts';
import type { RoutedCollection } from '../mappings/route.ts';
import { keyInBson } from '../raw/document-key.ts';
import { detached } from '../raw/page.ts';
import { pagesVersion, readersVersion } from '../readers-version.ts';
import { contentHashOf, type Found, isSourceError, isUnreadable, type RawBson, type SourceProblem } from '../source.ts';
import { arrivalOf, inQuarantine } from '../staging/arriving/arrival.ts';
import { keepInQuarantine, leaveQuarantine, type QuarantinedDocument } from '../staging/documents/quarantine.ts';
import { keyOf } from '../staging/ids/hash-table.ts';
import { openPages, type PageEntry, type ReadPage } from '../staging/pages/pages.ts';
import { forgetOutdated } from '../staging/pages/stored-pages.ts';
import type { Staging } from '../staging/stage-batch.ts';
import type { StageResult } from '../staging/stage-collection.ts';
import { unreadFields } from '../staging/unread-fields.ts';
import { markOf, notOnFile } from './content-marks.ts';
import { type AlertRow, writeAlerts } from './write-alerts.ts';

/** `written` are new alerts, kept here until their search and listing are known. */
export type AlertsResult = Omit<StageResult, 'gone'>;

const batchSize = 5_000;

/** A document that is not read yet; `key` is `undefined` if it has to be read to know. */
type Waiting = {
  readonly key: string | undefined;
  readonly mark: number;
  readonly raw: RawBson;
  readonly entry: PageEntry;
};

/**
 * Reads the alerts that the old CRM sent. This is by far the largest collection, it only ever grows, and it becomes no
 * events; a row is identified by its ID.
 */
export const stageAlertsSent = async (
  collection: RoutedCollection,
  { db, runId, now, signal, onBytes, open }: Pick<Staging, 'db' | 'runId' | 'now' | 'signal' | 'onBytes' | 'open'>,
): Promise<AlertsResult> => {
  const { mapped, bson } = collection;
  const totals = { read: 0, unchanged: 0, quarantined: 0, newlyQuarantined: 0, written: 0, leftOut: 0 };
  const markWith = markOf(readersVersion(mapped));
  const unread = unreadFields(mapped, () => false);
  const concerned = { open, isCorrected: bson?.isCorrected };
  if (bson === undefined) await forgetOutdated(db, 'alerts_sent', pagesVersion(mapped));
  const pages = bson && (await openPages(db, 'alerts_sent', pagesVersion(mapped), concerned));
  let waiting: Waiting[] = [];
  let rows: AlertRow[] = [];
  let bad: QuarantinedDocument[] = [];
  let fine: string[] = [];
  /** Those of `rows` with the ID by which they are looked for. */
  let decided: { readonly id: string; readonly entry: PageEntry }[] = [];
  let writing: Promise<void> = Promise.resolve();
  let last: Found | undefined;

  const take = (found: Found, mark: number | null, one?: Waiting) => {
    last = found;
    const page = one?.entry.page;
    if (!isUnreadable(found) && (page === undefined || isUncounted(page))) unread.add(found.document, page?.unread);
    const alert = isUnreadable(found) ? undefined : mapAlertSent(mapped.look(found.document, found.place));
    const id = isUnreadable(found) ? undefined : documentKey(found.document._id);
    if (alert !== undefined && !('quarantine' in alert) && id !== undefined) {
      rows.push({ id, ...alert, mark });
      fine.push(found.entryKey ?? id);
      if (one !== undefined && one.key === id) decided.push({ id, entry: one.entry });
      else page?.decide(one!.entry.position, false);
    } else {
      page?.decide(one!.entry.position, false);
      totals.quarantined++;
      const reason = alert !== undefined && 'quarantine' in alert ? alert.quarantine : unreadable;
      bad.push(inQuarantine(arrivalOf(found, now, mapped), reason));
    }
  };

  const flush = async () => {
    if (waiting.length > 0) {
      const some = waiting;
      waiting = [];
      const changed = await notOnFile(db, some);
      for (const [index, one] of some.entries()) {
        const { key, mark, raw, entry } = one;
        const { page, position } = entry;
        if (
          key !== undefined &&
          !changed.has(index) &&
          (!isUncounted(page) || unread.addBson(raw.bytes, page.unread))
        ) {
          totals.unchanged++;
          fine.push(key);
          page.decide(position, true);
        } else take(bson!.read(raw), mark, one);
      }
    }
    const [alerts, quarantined, sound, inRows, upTo] = [rows, bad, fine.filter(open.has), decided, last];
    [rows, bad, fine, decided] = [[], [], [], []];
    await writing;
    signal.throwIfAborted();
    for (const { documentKey } of quarantined) open.add(documentKey);
    writing = (async () => {
      await leaveQuarantine(db, 'alerts_sent', sound, now);
      totals.newlyQuarantined += await keepInQuarantine(db, 'alerts_sent', quarantined, { runId, now });
      const { added, apart } = await writeAlerts(db, alerts);
      totals.written += added;
      totals.unchanged += alerts.length - added;
      for (const { id, entry } of inRows) entry.page.decide(entry.position, !apart.has(id));
      await pages?.store();
      if (upTo !== undefined) await collection.onStaged?.(upTo);
    })();
    writing.catch(() => {}); // reported where it is awaited
  };

  let problem: SourceProblem | undefined;
  try {
    if (bson === undefined) {
      for await (const found of collection.read(onBytes, () => totals.leftOut++)) {
        totals.read++;
        take(found, null);
        if (rows.length + bad.length >= batchSize) await flush();
      }
    } else {
      for await (const bytes of bson.pages(onBytes)) {
        signal.throwIfAborted();
        const page = pages!.read(bytes);
        totals.read += bytes.length;
        if (page.known !== undefined) {
          totals.unchanged += bytes.length - page.lookAt.length;
          if (!page.isRepeat) unread.addCounts(page.known.unread);
        }
        for (const position of page.lookAt) {
          const raw = page.known === undefined ? bytes.at(position) : detached(bytes.at(position));
          const key = keyInBson(raw.bytes);
          const contentHash = contentHashOf(raw);
          if (bson.isCorrected?.(contentHash)) page.forget();
          if (key !== undefined) page.identify(position, keyOf(key), contentHash);
          waiting.push({ key, mark: markWith(raw.bytes), raw, entry: { page, position } });
        }
        if (waiting.length >= batchSize) await flush();
      }
    }
  } catch (error) {
    if (!isSourceError(error)) throw error;
    problem = error.problem;
  }
  await flush();
  await writing;
  await pages?.store();
  await pages?.settle(problem === undefined && !bson?.startsWithin);
  return { ...totals, problem, unread: unread.counts() };
};

/** Whether the fields that nothing reads in its documents have to be counted. */
const isUncounted = ({ known, isRepeat }: ReadPage): boolean => known === undefined && !isRepeat;

const unreadable: QuarantineReason = {
  code: 'id-missing',
  path: '_id',
  reason: 'The document has no _id, or it cannot be read.',
};
