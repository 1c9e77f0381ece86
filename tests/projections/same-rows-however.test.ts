import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Kysely } from 'kysely';
import type { LeadState } from '../../domain/lead/index.ts';
import type { ListingEvent } from '../../domain/listing/index.ts';
import { changeTypeOf } from '../../domain/listing/index.ts';
import type { StoredEvent } from '../../eventstore/stored-event.ts';
import { openDatabase } from '../../platform/database/database.ts';
import type { LeaseSession } from '../../platform/lease/session.ts';
import { type Build, findBuild, isAfter } from '../../projections/engine/builds/builds.ts';
import { type ProjectionCode, readCode } from '../../projections/engine/builds/code.ts';
import { createBuild } from '../../projections/engine/builds/create-build.ts';
import { removeBuild } from '../../projections/engine/builds/drop.ts';
import { leaseOf, openBuildLeases } from '../../projections/engine/builds/lease.ts';
import { tableSql } from '../../projections/engine/builds/tables.ts';
import { query } from '../../projections/engine/database.ts';
import { applyBatch, foldBatch } from '../../projections/engine/feeding/apply.ts';
import { openBuild, type RunningBuild } from '../../projections/engine/feeding/running-build.ts';
import { liveApply, rebuildApply } from '../../projections/engine/feeding/settings.ts';
import { openWriteBehind } from '../../projections/engine/feeding/write-behind.ts';
import { migrateProjections } from '../../projections/engine/migrations.ts';
import type { Row } from '../../projections/projection.ts';
import { projectionEntries } from '../../projections/registry.ts';
import fc, { runs } from '../support/fast-check.ts';
import { testDatabase } from '../support/postgres/test-postgres.ts';
import { type History, histories } from './support/histories.ts';

let db: Kysely<unknown>;
let codes: ProjectionCode[];
let leases: LeaseSession;
let close: () => Promise<void>;

before(async () => {
  const database = await testDatabase();
  const opened = openDatabase<unknown>(database.url, { applicationName: 'projections test', max: 4 });
  db = opened.db;
  await migrateProjections(db);
  codes = readCode(projectionEntries);
  leases = await openBuildLeases(db, 'tests');
  close = async () => {
    await leases.close();
    await opened.close();
    await database.drop();
  };
});
after(async () => close());

/** A record according to the domain itself, as a row. */
const expectedRow: Record<string, (state: object, first: StoredEvent, last: StoredEvent) => Row> = {
  listings: (state, first) => {
    const { listingKey, previousListPrice, fields } = state as {
      listingKey: string;
      previousListPrice: number;
      fields: Row;
    };
    return { listingKey, ...fields, previousListPrice, enteredAt: first.metadata.occurredAt };
  },
  leads: (state, first) => {
    const { contactKey, fields, emailOptOut, openOffer, triedMemberKeys, inquiredListingKey } = state as LeadState;
    return {
      contactKey,
      ...fields,
      emailOptOut,
      offerKey: openOffer?.offerKey,
      offeredMemberKeys: openOffer?.memberKeys,
      offerMode: openOffer?.mode,
      offerRule: openOffer?.rule,
      offerStep: openOffer?.step,
      offerExpiresAt: openOffer?.expiresAt,
      triedMemberKeys,
      inquiredListingKey,
      capturedAt: first.metadata.occurredAt,
    };
  },
  agents: (state, first) => {
    const { memberKey, fields, pause } = state as {
      memberKey: string;
      fields: Row;
      pause: { from: string; to: string; until?: string } | null;
    };
    return {
      memberKey,
      ...fields,
      pausedFrom: pause?.from,
      pausedTo: pause?.to,
      pausedUntil: pause?.until,
      joinedAt: first.metadata.occurredAt,
    };
  },
  saved_searches: (state, first) => {
    const { savedSearchKey, fields, holdReasons } = state as {
      savedSearchKey: string;
      fields: Row;
      holdReasons: readonly object[];
    };
    return {
      savedSearchKey,
      ...fields,
      onHoldYN: holdReasons.length > 0,
      holdReasons,
      firstSeenPosition: Number(first.position.commit),
      createdAt: first.metadata.occurredAt,
    };
  },
};
/** Columns that are not in the domain's state. */
const notInState = [
  'acceptedAt',
  'assignedAt',
  'assignedHow',
  'criteriaPosition',
  'escalatedAt',
  'escalatedToMemberKey',
  'escalationReason',
  'firstResponseAt',
  'formerAddresses',
  'formerEmails',
  'formerNames',
  'formerPhones',
  'inquiredAt',
  'offeredAt',
  'responseRemindedAt',
];
const categoryOf: Record<string, string> = {
  listings: 'listing',
  leads: 'lead',
  agents: 'agent',
  saved_searches: 'savedSearch',
};

const comparable = (type: string, value: unknown): unknown => {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return null;
  if (type === 'timestamptz') return new Date(value as string).getTime();
  return type.startsWith('numeric') ? Number(value) : value;
};

const tableRows = async (build: Build, code: ProjectionCode, table: string): Promise<Row[]> => {
  const { load } = tableSql(build.schema, code.projection).find(({ name }) => name === table)!;
  const [found] = await query<{ rows: string }>(db, load.replace(/ where .* = any\(\$1::text\[\]\)/, ' order by 1, 2'));
  return JSON.parse(found!.rows) as Row[];
};

/** Feeds a history in batches of these sizes; a size below zero is a batch that crashes before it commits. */
const feedLive = async (code: ProjectionCode, history: History, sizes: readonly number[]): Promise<Build> => {
  const build = await createBuild(db, code, 'as-of', `live_${code.projection.name}`);
  let running = await open(build);
  for (let turn = 0; ; turn++) {
    const left = history.events.filter(({ position }) => isAfter(position, running.position));
    if (left.length === 0) return (await findBuild(db, build.id))!;
    const size = sizes[turn % sizes.length]!;
    const batch = left.slice(0, Math.abs(size));
    if (size > 0) {
      await applyBatch(db, running, batch, batch.at(-1)!.position, liveApply);
      continue;
    }
    // The process dies after it has folded (and perhaps written, but not committed), and another one takes over.
    await foldBatch(db, running, batch, liveApply);
    running = await open(build);
    await applyBatch(db, running, batch.slice(0, 1), batch[0]!.position, liveApply);
  }
};

/**
 * Feeds a history as a rebuild does: it writes from time to time, while the next batches are being folded, and keeps hardly any
 * rows in memory. Crashes lose whatever was not written.
 */
const feedRebuild = async (code: ProjectionCode, history: History, sizes: readonly number[]): Promise<Build> => {
  const build = await createBuild(db, code, 'as-of', `rebuilt_${code.projection.name}`);
  const limits = { pending: 2_000 * Math.abs(sizes[0]!), known: 1_000 * Math.abs(sizes.at(-1)!) };
  const begin = () => openWriteBehind(db, rebuildApply, () => {}, limits);
  let running = await open(build);
  let behind = begin();
  let next = 0;
  let crashes = 0;
  for (let turn = 0; next < history.events.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    const batch = history.events.slice(next, next + Math.abs(size));
    next += batch.length;
    const last = next === history.events.length;
    const failures = await behind.apply([running], batch, batch.at(-1)!.position, last);
    assert.deepEqual([...failures.values()], []);
    if (size > 0 || last || crashes >= 5) continue;
    crashes++;
    running = await open(build);
    behind = begin();
    next = history.events.findIndex(({ position }) => isAfter(position, running.position));
  }
  return (await findBuild(db, build.id))!;
};

const open = async (build: Build): Promise<RunningBuild> => {
  const lease = await leases.take(leaseOf(build), { force: true });
  return await openBuild(db, (await findBuild(db, build.id))!, lease!);
};

test('the expected rows of every read model are known here', () => {
  const unknown = codes
    .map(({ projection }) => projection.name)
    .filter((name) => !(name in checks || (name in expectedRow && name in categoryOf)));
  assert.deepEqual(
    unknown,
    [],
    'add these read models to expectedRow and categoryOf, or give them a check of their own in checks',
  );
});

test('live and rebuilt rows equal what the domain says, however batches are cut and whatever crashes when', async () => {
  const sizes = fc.array(
    fc.integer({ min: -7, max: 20 }).filter((size) => size !== 0),
    { minLength: 1, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(histories, sizes, sizes, async (history, liveSizes, rebuildSizes) => {
      if (history.events.length === 0) return;
      for (const code of codes) {
        const { name } = code.projection;
        const live = await feedLive(code, history, liveSizes);
        const rebuilt = await feedRebuild(code, history, rebuildSizes);
        try {
          for (const table of Object.keys(code.projection.tables)) {
            assert.deepEqual(
              await tableRows(rebuilt, code, table),
              await tableRows(live, code, table),
              `${name}.${table}`,
            );
          }
          (checks[name] ?? checkRecords)(await tableRows(live, code, name), history, code);
        } finally {
          await removeBuild(db, live);
          await removeBuild(db, rebuilt);
        }
      }
    }),
    { numRuns: runs(25) },
  );
});

const checkRecords = (rows: readonly Row[], history: History, { projection }: ProjectionCode): void => {
  const { name } = projection;
  const table = projection.tables[name]!;
  const records = [...history.states].filter(
    ([stream, { last }]) => stream.startsWith(`${categoryOf[name]}-`) && !last.type.endsWith('MergedInto'),
  );
  assert.equal(rows.length, records.length, name);
  for (const [stream, { state, first, last }] of records) {
    const row = rows.find((one) => one[table.key[0]!] === stream.slice(stream.indexOf('-') + 1))!;
    const expected: Row = {
      ...expectedRow[name]!(state, first, last),
      updatedAt: last.created.toISOString(),
      revision: Number(last.revision),
      position: Number(last.position.commit),
    };
    for (const [column, type] of Object.entries(table.columns)) {
      if (notInState.includes(column)) continue;
      assert.deepEqual(comparable(type, row[column]), comparable(type, expected[column]), `${stream} ${column}`);
    }
  }
};

/** Every offer has its rows, and those that are open are the ones that the leads say are open. */
const checkOffers = (rows: readonly Row[], history: History): void => {
  const made = history.events.flatMap(({ streamName, event }) =>
    event.type === 'LeadOffered'
      ? event.data.memberKeys.map((memberKey) => `${streamName} ${event.data.offerKey} ${memberKey}`)
      : [],
  );
  const keyOf = ({ contactKey, offerKey, memberKey }: Row) => `lead-${contactKey} ${offerKey} ${memberKey}`;
  assert.deepEqual(rows.map(keyOf).sort(), [...new Set(made)].sort());
  const open = [...history.states].flatMap(([stream, { state }]) => {
    const { openOffer } = state as LeadState;
    return openOffer ? openOffer.memberKeys.map((memberKey) => `${stream} ${openOffer.offerKey} ${memberKey}`) : [];
  });
  assert.deepEqual(
    rows
      .filter(({ outcome }) => outcome === 'open')
      .map(keyOf)
      .sort(),
    open.sort(),
  );
};

const checkChanges = (rows: readonly Row[], history: History): void => {
  const expected = history.events
    .filter(({ streamName }) => streamName.startsWith('listing-'))
    .flatMap(({ event, position }) => {
      const changeType = changeTypeOf(event as ListingEvent);
      return changeType === null ? [] : [{ position: Number(position.commit), changeType }];
    });
  assert.deepEqual(
    rows.map(({ position, changeType }) => ({ position, changeType })),
    expected,
  );
};

/** Read models that do not have one row per record. */
const checks: Readonly<Record<string, (rows: readonly Row[], history: History, code: ProjectionCode) => void>> = {
  listing_changes: checkChanges,
  lead_offers: checkOffers,
};
