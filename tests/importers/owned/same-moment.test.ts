import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { listings } from '../../../commands/aggregates.ts';
import { execute } from '../../../commands/execute.ts';
import { changeOwnership } from '../../../commands/ownership/change-ownership.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { onceDecided } from '../../../importers/differences/accepted.ts';
import { type Conflict, conflictNumbered, openConflicts } from '../../../importers/differences/conflicts.ts';
import { oneAtATime } from '../../../importers/differences/deciding.ts';
import { importDump } from '../../../importers/dump/import-dump.ts';
import { carryOutDecisions } from '../../../importers/owned/deciding/decide-all.ts';
import { beginDecision } from '../../../importers/owned/deciding/decision.ts';
import { lookAt } from '../../../importers/owned/deciding/look.ts';
import { loadOwned } from '../../../importers/owned/record-view.ts';
import { acceptConflict } from '../../../importers/owned/resolve-conflict.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { until } from '../../support/until.ts';
import { property } from '../support/documents.ts';
import { type Documents, writeDump } from '../support/dump.ts';
import { byPerson, now, testImporter } from '../support/importer.ts';

const because = { ...byPerson, reason: 'Asked the owner' };
const at = (minute: number) => new Date(Date.UTC(2026, 1, 1, 0, minute));

/** Listings that openhouse owns, each with a price of 450,000, and with an edit to 475,000 in the old CRM that waits for a decision. */
const disputed = async (t: TestContext, count = 1) => {
  const homes = Array.from({ length: count }, () => property({ price: 450_000 }));
  const importer = await testImporter(t);
  const { db, store } = importer;
  await importer.import({ properties: homes });
  await changeOwnership(store, 'listing', 'openhouse', byPerson);
  const priced = (price: number, minute: number): Documents => ({
    properties: homes.map((home) => ({ ...home, price, updatedAt: at(minute) })),
  });
  await importer.import(priced(475_000, 1));
  const conflicts = (await openConflicts(db)) as readonly [Conflict, ...Conflict[]];
  /** Imports while something else is done through this store. */
  const importThrough = async (through: EventStore, documents: Documents) =>
    await importDump({ db, store: through, clock: fixedClock(at(2).toISOString()) }, writeDump(t, documents));
  const priceOf = async ({ recordKey }: Conflict) =>
    (await loadOwned(store, 'listing', recordKey)).state.fields.listPrice;
  const correct = async ({ recordKey }: Conflict, listPrice: number) => {
    const context = { ...byPerson, correlationId: `corrected to ${listPrice}`, causationId: 'c' };
    await execute(store, listings, recordKey, [{ type: 'CorrectListing', changes: { listPrice } }], context);
  };
  return { ...importer, importer, homes, priced, conflicts, importThrough, priceOf, correct };
};

/** The same store, which does something before each step with a stream: each read begins, and each append. */
const before = (store: EventStore, work: (stream: string) => Promise<void>): EventStore => {
  const hooked: EventStore = {
    ...store,
    withPatience: (patience) => before(store.withPatience(patience), work),
    async *readStream(stream, from) {
      await work(stream);
      yield* store.readStream(stream, from);
    },
    append: async (stream, ...given) => {
      await work(stream);
      return await store.append(stream, ...given);
    },
  };
  return hooked;
};

/** The same store, which does something after each stream that it reads. */
const after = (store: EventStore, work: (stream: string) => Promise<void>): EventStore => ({
  ...store,
  withPatience: (patience) => after(store.withPatience(patience), work),
  async *readStream(stream, from) {
    yield* store.readStream(stream, from);
    await work(stream);
  },
});

test('an edit that is undone in the old CRM while someone accepts it is not lost', async (t) => {
  const { db, store, conflicts, priced, importThrough, priceOf } = await disputed(t);
  const [conflict] = conflicts;
  const { conflictId, recordKey } = conflict;
  let accepting: Promise<unknown> | undefined;
  // As soon as the import has read the record, someone accepts; the import goes on once they have, or wait for it.
  const through = after(store, async (stream) => {
    if (stream !== `listing-${recordKey}` || accepting !== undefined) return;
    accepting = acceptConflict({ db, store }, conflictId, because).catch(({ code }: { code: string }) => code);
    const isDecided = async () => (await conflictNumbered(db, conflictId))?.resolvedAt !== null;
    const waits = async () => {
      const { rows } = await sql`
        select from pg_locks l join pg_database d on d.oid = l.database
        where locktype = 'advisory' and not granted and d.datname = current_database()`.execute(db);
      return rows.length > 0;
    };
    await until('the person to have accepted, or to wait', async () => (await isDecided()) || (await waits()));
  });
  await importThrough(through, priced(450_000, 2));
  const refusal = await accepting;
  // Either the person was told that it is undone, or both sides wait for another decision.
  const open = (await openConflicts(db)).map(({ fields }) => fields);
  if (typeof refusal === 'string')
    assert.deepEqual([refusal, await priceOf(conflict), open], ['conflict-not-open', 450_000, []]);
  else assert.deepEqual(open, [{ listPrice: { before: 475_000, legacy: 450_000, openhouse: 475_000 } }]);
});

test('noting an edit waits until a decision about its record is stored, without holding a connection', async (t) => {
  const { db, store, conflicts } = await disputed(t);
  const [{ conflictId, recordKey }] = conflicts;
  let asked = 0;
  const counting = new Proxy(db, {
    get: (target, name) => {
      if (name === 'connection') asked++;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const order: string[] = [];
  let noting: Promise<unknown> | undefined;
  const { signal } = new AbortController();
  await oneAtATime({ db, store }, conflictId, async () => {
    // More than there are connections.
    noting = Promise.all(
      Array.from({ length: 30 }, () =>
        onceDecided({ db: counting, store }, 'listing', [recordKey], signal, async () => void order.push('noted')),
      ),
    );
    await until('all of them to try again', () => asked > 90);
    await sql`select`.execute(db);
    order.push('decided');
  });
  await noting;
  assert.deepEqual([order[0], order.length], ['decided', 31]);
});

test('a conflict is on record together with what its documents say now', async (t) => {
  const { db, store, conflicts, priced, importThrough } = await disputed(t, 2);
  const priceApplied = async () => {
    const { rows } = await sql<{ key: string; price: number }>`
      select record_key as key, (applied #>> '{fields,listPrice}')::int as price from ops.import_record`.execute(db);
    return new Map(rows.map(({ key, price }) => [key, price]));
  };
  const held = conflicts[1]!.recordKey;
  // While the second record waits, the first one is done: a process that was killed now would leave it like this.
  const left: (readonly [unknown, unknown])[] = [];
  const through = before(store, async (stream) => {
    if (stream !== `listing-${held}` || left.length > 0) return;
    const { conflictId, recordKey } = conflicts[0];
    await until('the first conflict to grow', async () => {
      const { fields } = (await conflictNumbered(db, conflictId))!;
      if (fields.listPrice?.legacy !== 480_000) return false;
      left.push([fields.listPrice.legacy, (await priceApplied()).get(recordKey)]);
      return true;
    });
  });
  await importThrough(through, priced(480_000, 2));
  assert.deepEqual(left, [[480_000, 480_000]]);
});

test('what someone changes here while another person accepts an edit is not overwritten: it is shown first', async (t) => {
  const { db, store, conflicts, priceOf, correct } = await disputed(t);
  const [conflict] = conflicts;
  let [price, step] = [500_000, 0];
  // In each of the moments in which an acceptance reads or writes the record.
  for (let moment = 1; ; moment++) {
    step = 0;
    const corrected = price;
    const through = before(store, async () => {
      if (++step === moment) await correct(conflict, corrected);
    });
    const done = await acceptConflict({ db, store: through }, conflict.conflictId, because).catch(
      ({ code }: { code: string }) => code,
    );
    if (step < moment) break;
    assert.deepEqual([done, await priceOf(conflict)], ['conflict-changed', corrected], `moment ${moment}`);
    const [open] = await openConflicts(db);
    assert.equal(open?.fields.listPrice?.openhouse, corrected, 'it is shown');
    price += 1_000;
  }
  assert.ok(step >= 2);
  assert.equal(await priceOf(conflict), 475_000);
});

test('what someone changes here while a decision about many is carried out is not overwritten', async (t) => {
  const { db, store, conflicts, priceOf, correct } = await disputed(t);
  const [conflict] = conflicts;
  const selection = { aggregate: 'listing' } as const;
  let price = 500_000;
  for (let moment = 1; ; moment++) {
    const { seen } = await lookAt({ db, store }, selection);
    await beginDecision(db, { action: 'accept', selection, seen }, { ...because, causationId: `m${moment}` });
    let step = 0;
    const corrected = price;
    const through = before(store, async (stream) => {
      if (stream === `listing-${conflict.recordKey}` && ++step === moment) await correct(conflict, corrected);
    });
    await carryOutDecisions({ db, store: through, clock: fixedClock(now) }, { wait: true });
    if (step < moment) break;
    assert.equal(await priceOf(conflict), corrected, `moment ${moment}`);
    assert.equal((await openConflicts(db)).length, 1);
    price += 1_000;
  }
  assert.equal(await priceOf(conflict), 475_000);
});
