import { sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';
import type { ImportDeps } from '../deps.ts';
import { mappingOnFile } from '../mappings/kept-mappings.ts';
import { migrateImport } from '../migrations.ts';
import { importRouted, type Ran } from '../running/import-source.ts';
import type { RepairOptions } from './edit-entry.ts';
import { resolvedAmong } from './entries.ts';
import { type AppendedEvent, collectEvents, resolvedIn } from './outcome.ts';
import { quarantineSource } from './read-again.ts';
import { type Selection, selected } from './selection.ts';

/** What became of quarantined documents that were read again. */
export type Retried = {
  readonly importRunId: string;
  /** How many entries were selected. */
  readonly tried: number;
  /** Entries that left the quarantine, also those that waited for others, by collection. */
  readonly resolved: readonly { readonly collection: string; readonly count: number }[];
  /** Those selected that are still there, by reason. */
  readonly still: readonly { readonly collection: string; readonly code: string; readonly count: number }[];
  readonly eventCount: number;
  /** The first of them. */
  readonly events: readonly AppendedEvent[];
  readonly notes: readonly string[];
};

/**
 * Reads quarantined documents again with the present mapping and readers, and imports those that can be imported now.
 * Dismissed entries come back if they are named. Those that are named and not in quarantine any more are left out, with a note: a
 * run that was killed may have got so far, and this one completes it.
 *
 * @throws UserError if one that is named does not exist
 */
export const retryEntries = async (
  deps: ImportDeps,
  selection: Selection,
  options: RepairOptions = {},
): Promise<Retried> => {
  const { db } = deps;
  await migrateImport(db);
  const resolved = selection.ids === undefined ? [] : await resolvedAmong(db, selection.ids);
  const mapping = options.mapping ?? (await mappingOnFile(db));
  const appended = collectEvents();
  let chosen = { tried: 0, upTo: '0' };
  const look = async ({ db: on, summary }: Ran): Promise<Retried> => ({
    importRunId: summary.importRunId,
    tried: chosen.tried,
    resolved: await resolvedIn(on, summary.importRunId),
    still: await stillThere(on, selection, summary.importRunId, chosen.upTo),
    eventCount: appended.count(),
    events: appended.events,
    notes: [...resolved.map((id) => `Entry ${id} is not in quarantine any more.`), ...summary.notes],
  });
  return await importRouted(
    deps,
    quarantineSource(db, mapping, selection),
    { name: 'quarantined documents, read again', kind: 'retry', mapping },
    { ...options, part: true },
    {
      rehearsal: options.dryRun === true,
      prepare: async (on) => {
        chosen = await choose(on, selection);
      },
      onAppend: appended.onAppend,
      look,
    },
  );
};

const choose = async (db: AnyDatabase, selection: Selection) => {
  const { rows } = await sql<{ tried: number; upTo: string }>`
    select count(*)::int as tried, coalesce(max(quarantine_id), 0)::text as up_to from ops.quarantine q
    where ${selected(selection)}`.execute(camelCased(db));
  if (selection.ids !== undefined)
    await sql`update ops.quarantine q set dismissed_at = null where ${selected(selection)}`.execute(db);
  return rows[0]!;
};

const stillThere = async (db: AnyDatabase, { code, ...others }: Selection, runId: string, upTo: string) => {
  // The reason may be another one now.
  const { rows } = await sql<{ collection: string; code: string; count: number }>`
    select collection, code, count(*)::int as count from ops.quarantine q
    where ${selected(others)} and quarantine_id <= ${upTo}::bigint
      and ${code === undefined ? sql`true` : sql`(code = ${code} or import_run_id = ${runId}::bigint)`}
    group by 1, 2 order by 3 desc, 1, 2`.execute(db);
  return rows;
};
