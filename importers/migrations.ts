import { type Migrations, migrate } from '../platform/database/migrations.ts';
import { migrateLeases } from '../platform/lease/migrations.ts';
import type { AnyDatabase } from './database.ts';
import { accepted } from './migrations/accepted.ts';
import { comments } from './migrations/comments.ts';
import { consent } from './migrations/consent.ts';
import { first } from './migrations/first.ts';
import {
  datedLate,
  deletionsConfirmed,
  everyRound,
  following,
  followingSeen,
  goneEntries,
  kept,
  leftAsGone,
  notIndexed,
  passes,
} from './migrations/following.ts';
import { foundIn } from './migrations/found-in.ts';
import { capturedLeads, merged, regrouped, severalSplits, split, splitsByHand } from './migrations/grouping.ts';
import { groupingMarks } from './migrations/grouping-marks.ts';
import { originals } from './migrations/originals.ts';
import {
  bulkDecisions,
  decidedFields,
  decisions,
  inserts,
  keptApart,
  openConflictIndexes,
  owned,
  ownedThen,
  repairs as parityRepairs,
  repairsBy,
} from './migrations/owned.ts';
import { pages } from './migrations/pages.ts';
import { newInRun, repairs, skipsRemoved } from './migrations/quarantine.ts';
import { fieldTimes, marks, names, readers } from './migrations/reading.ts';
import { referenceMarks } from './migrations/reference-marks.ts';
import { lastEvents, mappings } from './migrations/runs.ts';
import { runsByKind } from './migrations/runs-by-kind.ts';

/** In the order in which they run. Names stay for ever, because databases remember which of them ran. */
export const importMigrations: Migrations = {
  schema: 'ops',
  table: 'import_migrations',
  migrations: {
    '0001-import': first,
    '0002-merged': merged,
    '0003-names': names,
    '0004-consent': consent,
    '0005-last-events': lastEvents,
    '0006-split': split,
    '0007-comments': comments,
    '0008-field-times': fieldTimes,
    '0009-readers': readers,
    '0010-mappings': mappings,
    '0011-following': following,
    '0012-splits-by-hand': splitsByHand,
    '0013-repairs': repairs,
    '0014-following-seen': followingSeen,
    '0015-owned': owned,
    '0016-several-splits': severalSplits,
    '0017-captured-leads': capturedLeads,
    '0018-originals': originals,
    '0019-marks': marks,
    '0020-accepted': accepted,
    '0021-decisions': decisions,
    '0022-pages': pages,
    '0023-grouping-marks': groupingMarks,
    '0024-inserts': inserts,
    '0025-reference-marks': referenceMarks,
    '0026-parity-repairs': parityRepairs,
    '0027-every-round': everyRound,
    '0028-found-in': foundIn,
    '0029-new-in-run': newInRun,
    '0030-repairs-by': repairsBy,
    '0031-runs-by-kind': runsByKind,
    '0032-passes': passes,
    '0033-gone-entries': goneEntries,
    '0034-left-as-gone': leftAsGone,
    '0035-skips-removed': skipsRemoved,
    '0036-kept': kept,
    '0037-owned-then': ownedThen,
    '0038-bulk-decisions': bulkDecisions,
    '0039-kept-apart': keptApart,
    '0040-regrouped': regrouped,
    '0041-decided-fields': decidedFields,
    '0042-not-indexed': notIndexed,
    '0043-deletions-confirmed': deletionsConfirmed,
    '0044-open-conflict-indexes': openConflictIndexes,
    '0045-dated-late': datedLate,
  },
};

/** Brings the importer's tables in schema `ops` up to date. */
export const migrateImport = async (db: AnyDatabase): Promise<void> => {
  await migrateLeases(db);
  await migrate(db, importMigrations);
};
