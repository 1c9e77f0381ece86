import { mapAlertSent } from '../legacy/alerts-sent.ts';
import { documentKey } from '../legacy/fields/ids/document-id.ts';
import type { QuarantineReason } from '../legacy/mapping.ts';
import type { RoutedCollection } from '../mappings/route.ts';
import {
  isSourceError,
  isUnreadable,
  type SourceDocument,
  type SourceProblem,
  type UnreadableDocument,
} from '../source.ts';
import { arrivalOf, inQuarantine } from '../staging/arriving/arrival.ts';
import { keepInQuarantine, leaveQuarantine, type QuarantinedDocument } from '../staging/documents/quarantine.ts';
import type { Staging } from '../staging/stage-batch.ts';
import type { StageResult } from '../staging/stage-collection.ts';
import { unreadFields } from '../staging/unread-fields.ts';
import { type AlertRow, writeAlerts } from './write-alerts.ts';

/** `written` are new alerts, kept here until their search and listing are known. */
export type AlertsResult = Omit<StageResult, 'gone'>;

const batchSize = 5_000;

/**
 * Reads the alerts that the old CRM sent. This is by far the largest collection, it only ever grows, and it becomes no
 * events; a row is identified by its ID.
 */
export const stageAlertsSent = async (
  collection: RoutedCollection,
  { db, runId, now, signal, onBytes }: Pick<Staging, 'db' | 'runId' | 'now' | 'signal' | 'onBytes'>,
): Promise<AlertsResult> => {
  const totals = { read: 0, unchanged: 0, quarantined: 0, newlyQuarantined: 0, written: 0, leftOut: 0 };
  let rows: AlertRow[] = [];
  let bad: QuarantinedDocument[] = [];
  let fine: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  let last: SourceDocument | UnreadableDocument | undefined;

  const flush = async () => {
    const [alerts, quarantined, sound, upTo] = [rows, bad, fine, last];
    [rows, bad, fine] = [[], [], []];
    await writing;
    signal.throwIfAborted();
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

  const unread = unreadFields(collection.mapped, () => false);
  let problem: SourceProblem | undefined;
  try {
    for await (const found of collection.read(onBytes, () => totals.leftOut++)) {
      totals.read++;
      last = found;
      if (!isUnreadable(found)) unread.add(found.document);
      const alert = isUnreadable(found) ? undefined : mapAlertSent(collection.mapped.look(found.document));
      const id = isUnreadable(found) ? undefined : documentKey(found.document._id);
      if (alert !== undefined && !('quarantine' in alert) && id !== undefined) {
        rows.push({ id, ...alert });
        fine.push(found.entryKey ?? id);
      } else {
        totals.quarantined++;
        const reason = alert !== undefined && 'quarantine' in alert ? alert.quarantine : unreadable;
        bad.push(inQuarantine(arrivalOf(found, now, collection.mapped), reason));
      }
      if (rows.length + bad.length >= batchSize) await flush();
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
