import { isPerRecord, type Table } from '../../projection.ts';
import { copyText } from '../builds/copy-text.ts';
import type { RowsByTable } from './fold.ts';
import { openAppendedText } from './keeping/appended-text.ts';
import { isWide, KeptRow, keepRow } from './keeping/kept-row.ts';
import type { TextStore } from './keeping/text-store.ts';
import type { RunningBuild } from './running-build.ts';
import { manyRows } from './writing/row-statements.ts';

/**
 * Turns what a batch has left in memory into a smaller form, which the garbage collector does not have to traverse:
 * wide rows as `KeptRow`, rows that no later event changes as the text in which they are sent.
 */
export const compact = (running: RunningBuild, store: TextStore): void => {
  for (const { name, table } of running.sql) {
    keepLoose(running, name, table, store);
    if (table.appendOnly) keepAppended(running, name, table);
  }
};

const keepLoose = ({ rows, pending }: RunningBuild, name: string, table: Table, store: TextStore): void => {
  const loose = pending.loose.get(name)!;
  const known = rows.get(name)!;
  const changed = pending.changed.get(name)!;
  for (const key of loose) {
    const row = known.get(key);
    if (row === undefined || row === null || row instanceof KeptRow) continue;
    const small = keepRow(row, table, store);
    known.set(key, small);
    if (changed.has(key)) changed.set(key, small);
  }
  loose.clear();
};

const keepAppended = ({ pending }: RunningBuild, name: string, table: Table): void => {
  const changed = pending.changed.get(name)!;
  if (changed.size < manyRows) return;
  const rows = [...changed.values()].map((row) => row as Record<string, unknown>);
  const waiting = pending.appended.get(name) ?? openAppendedText();
  pending.appended.set(name, waiting);
  for (const text of copyText(rows, table)) waiting.add(text);
  changed.clear();
};

/** How much memory rows take, roughly. */
export const rowBytes = ({ sql }: RunningBuild, rows: RowsByTable): number => {
  let bytes = 0;
  for (const { name, table } of sql) bytes += rows.get(name)!.size * bytesPerRow(table);
  return bytes;
};

/** Measured; includes its entries in three maps, and the changes since it was kept. */
const bytesPerKeptRow = 700;
const bytesPerValue = 50;
const bytesOfEntries = 100;

export const bytesPerRow = (table: Table): number =>
  isPerRecord(table) && isWide(table)
    ? bytesPerKeptRow
    : bytesOfEntries + Object.keys(table.columns).length * bytesPerValue;

export const appendedBytes = ({ pending }: RunningBuild): number => {
  let bytes = 0;
  for (const text of pending.appended.values()) bytes += text.bytes;
  return bytes;
};
