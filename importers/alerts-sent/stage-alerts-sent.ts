import { mapAlertSent } from '../legacy/alerts-sent.ts';
import { documentKey } from '../legacy/fields/ids/document-id.ts';
import type { QuarantineReason } from '../legacy/mapping.ts';
import type { RoutedCollection } from '../mappings/route.ts';
import { keyInBson } from '../raw/document-key.ts';
import { readersVersion } from '../readers-version.ts';
import { type Found, isSourceError, isUnreadable, type RawBson, type SourceProblem } from '../source.ts';
import { arrivalOf, inQuarantine } from '../staging/arriving/arrival.ts';
import { keepInQuarantine, leaveQuarantine, type QuarantinedDocument } from '../staging/documents/quarantine.ts';
import type { Staging } from '../staging/stage-batch.ts';
import type { StageResult } from '../staging/stage-collection.ts';
import { unreadFields } from '../staging/unread-fields.ts';
import { markOf, notOnFile } from './content-marks.ts';
import { type AlertRow, writeAlerts } from './write-alerts.ts';

/** `written` are new alerts, kept here until their search and listing are known. */
export type AlertsResult = Omit<StageResult, 'gone'>;

const batchSize = 5_000;

/** A document that is not read yet; `key` is `undefined` if it has to be read to know. */
type Waiting = { readonly key: string | undefined; readonly mark: number; readonly raw: RawBson };

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
  let waiting: Waiting[] = [];
  let rows: AlertRow[] = [];
  let bad: QuarantinedDocument[] = [];
  let fine: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  let last: Found | undefined;

  const take = (found: Found, mark: number | null) => {
    last = found;
    if (!isUnreadable(found)) unread.add(found.document);
    const alert = isUnreadable(found) ? undefined : mapAlertSent(mapped.look(found.document));
    const id = isUnreadable(found) ? undefined : documentKey(found.document._id);
    if (alert !== undefined && !('quarantine' in alert) && id !== undefined) {
      rows.push({ id, ...alert, mark });
      fine.push(found.entryKey ?? id);
    } else {
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
      for (const [index, { key, mark, raw }] of some.entries()) {
        if (key !== undefined && !changed.has(index) && unread.addBson(raw.bytes)) {
          totals.unchanged++;
          fine.push(key);
        } else take(bson!.read(raw), mark);
      }
    }
    const [alerts, quarantined, sound, upTo] = [rows, bad, fine.filter(open.has), last];
    [rows, bad, fine] = [[], [], []];
    await writing;
    signal.throwIfAborted();
    for (const { documentKey } of quarantined) open.add(documentKey);
    writing = (async () => {
      await leaveQuarantine(db, 'alerts_sent', sound, now);
      totals.newlyQuarantined += await keepInQuarantine(db, 'alerts_sent', quarantined, { runId, now });
      const added = await writeAlerts(db, alerts);
      totals.written += added;
      totals.unchanged += alerts.length - added;
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
      for await (const some of bson.batches(onBytes)) {
        for (const raw of some) {
          totals.read++;
          waiting.push({ key: keyInBson(raw.bytes), mark: markWith(raw.bytes), raw });
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
  return { ...totals, problem, unread: unread.counts() };
};

const unreadable: QuarantineReason = {
  code: 'id-missing',
  path: '_id',
  reason: 'The document has no _id, or it cannot be read.',
};
