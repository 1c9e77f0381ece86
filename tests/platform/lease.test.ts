import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { type OpenDatabase, openDatabase } from '../../platform/database/database.ts';
import { fenced } from '../../platform/lease/fenced.ts';
import { holderOf, holdLease, type Lease, LeaseLost } from '../../platform/lease/lease.ts';
import { migrateLeases } from '../../platform/lease/migrations.ts';
import { openLeases } from '../../platform/lease/session.ts';
import { withLease } from '../../platform/lease/with-lease.ts';
import { finished, firstLine, startScript } from '../support/command.ts';
import { endConnectionOf, takerWaits } from '../support/postgres/leases.ts';
import { testDatabase } from '../support/postgres/test-postgres.ts';
import { until } from '../support/until.ts';

let database: { url: string; drop(): Promise<void> };
let opened: OpenDatabase<unknown>;
let db: Kysely<unknown>;
before(async () => {
  database = await testDatabase();
  opened = openDatabase<unknown>(database.url, { applicationName: 'test' });
  db = opened.db;
  await migrateLeases(db);
  await sql`create table written (token bigint)`.execute(db);
});
after(async () => {
  await opened.close();
  await database.drop();
});

const long = { holder: 'a test', lastsMs: 60_000 };

const written = async (): Promise<{ token: bigint; count: number }[]> => {
  const { rows } = await sql<{ token: string; count: string }>`
    select token, count(*) from written group by token order by token`.execute(db);
  return rows.map(({ token, count }) => ({ token: BigInt(token), count: Number(count) }));
};

test('only one process holds a lease at a time; the next gets a larger token after its release', async () => {
  const first = await openLeases(db, long);
  const second = await openLeases(db, { ...long, holder: 'another' });
  const held = (await first.take('a'))!;
  assert.equal(await second.take('a'), null);
  assert.equal(await first.take('a'), null, 'not even by the same session');
  assert.equal(await holderOf(db, 'a'), 'a test');
  await first.release(held);
  assert.equal(await holderOf(db, 'a'), null);
  const next = (await second.take('a'))!;
  assert.ok(next.token > held.token);
  await Promise.all([first.close(), second.close()]);
});

test('exactly one of many concurrent attempts gets a lease', async () => {
  const sessions = await Promise.all(Array.from({ length: 4 }, () => openLeases(db, long)));
  const taken = await Promise.all(sessions.flatMap((session) => [session.take('many'), session.take('many')]));
  assert.equal(taken.filter((lease) => lease !== null).length, 1);
  await Promise.all(sessions.map((session) => session.close()));
});

test('a process that found a lease free leaves the transactions of one that has taken it since alone', async () => {
  const looking = 4_711;
  const slow = openDatabase<unknown>(database.url, { applicationName: 'slow taker' });
  const [first, second] = [await openLeases(db, long), await openLeases(slow.db, long)];
  await first.release((await first.take('raced'))!);
  await sql`alter function ops.lease_is_free(ops.lease) rename to lease_was_free`.execute(db);
  // The slow taker looks, and goes on when it is allowed to.
  await sql`
    create function ops.lease_is_free(lease ops.lease) returns boolean language plpgsql as $$
    declare
      free boolean := ops.lease_was_free(lease);
    begin
      if current_setting('application_name') = 'slow taker' then
        perform pg_advisory_xact_lock_shared(${sql.lit(looking)});
      end if;
      return free;
    end $$`.execute(db);
  try {
    await db.connection().execute(async (connection) => {
      await sql`select pg_advisory_lock(${sql.lit(looking)})`.execute(connection);
      const letGo = () => sql`select pg_advisory_unlock(${sql.lit(looking)})`.execute(connection);
      const taking = second.take('raced');
      try {
        await until('the slow taker to look', async () => {
          const { rows } = await sql`
            select from pg_stat_activity where application_name = 'slow taker' and wait_event = 'advisory'`.execute(db);
          return rows.length > 0;
        });
        const lease = (await first.take('raced'))!;
        await fenced(db, lease)
          .transaction()
          .execute(async (transaction) => {
            await letGo();
            assert.equal(await taking, null);
            await sql`select`.execute(transaction);
          });
        assert.equal(lease.lost.aborted, false);
      } finally {
        await letGo();
      }
    });
  } finally {
    await sql`drop function ops.lease_is_free(ops.lease)`.execute(db);
    await sql`alter function ops.lease_was_free(ops.lease) rename to lease_is_free`.execute(db);
    await Promise.all([first.close(), second.close()]);
    await slow.close();
  }
});

test('a lease is renewed while queries of the holder occupy every other connection', async () => {
  const small = openDatabase<unknown>(database.url, { applicationName: 'small pool', max: 4 });
  const holding = { holder: 'a test', lastsMs: 4_000 };
  await withLease(small.db, 'busy', holding, async ({ lease, db: guarded }) => {
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    // With all other connections of the pool; each transaction holds the lease.
    const busy = [1, 2, 3].map(() => guarded.transaction().execute(() => over));
    try {
      await until('all connections to be in use', async () => {
        const { rows } = await sql`
          select from pg_stat_activity where application_name = 'small pool' and state = 'idle in transaction'`.execute(
          db,
        );
        return rows.length === 3;
      });
      const expiry = async () => {
        const { rows } = await sql<{ at: Date }>`select expires_at as at from ops.lease where name = 'busy'`.execute(
          db,
        );
        return rows[0]!.at;
      };
      const before = await expiry();
      await until('the lease to be renewed', async () => (await expiry()) > before);
      assert.equal(lease.lost.aborted, false);
      const another = await withLease(db, 'busy', holding, async () => 'taken');
      assert.deepEqual(another, { held: false, holder: 'a test' });
    } finally {
      end();
      await Promise.all(busy);
    }
  });
  await small.close();
});

test('taking a lease by force waits for the current transaction and refuses the next', async () => {
  const first = await openLeases(db, long);
  const second = await openLeases(db, long);
  const held = (await first.take('forced'))!;
  const order: string[] = [];
  let taking: Promise<Lease | null> | undefined;
  await db.transaction().execute(async (trx) => {
    await holdLease(trx, held);
    taking = second.take('forced', { force: true }).finally(() => order.push('taken'));
    await takerWaits(db);
    order.push('committed');
  });
  const taken = await taking;
  assert.ok(taken!.token > held.token);
  assert.deepEqual(order, ['committed', 'taken']);
  await assert.rejects(
    db.transaction().execute((trx) => holdLease(trx, held)),
    LeaseLost,
  );
  await until('the former holder to notice', () => held.lost.aborted);
  assert.ok(held.lost.reason instanceof LeaseLost);
  await Promise.all([first.close(), second.close()]);
});

test('the database of a former holder refuses writes, in a transaction or outside of one', async () => {
  const first = await openLeases(db, long);
  const second = await openLeases(db, long);
  const held = (await first.take('former'))!;
  const guarded = fenced(db, held);
  await sql`insert into written values (${held.token})`.execute(guarded);
  await second.take('former', { force: true });
  const insert = sql`insert into written values (-1)`;
  await assert.rejects(insert.execute(guarded), LeaseLost);
  await assert.rejects(
    guarded.transaction().execute((trx) => insert.execute(trx)),
    LeaseLost,
  );
  await assert.rejects(
    sql`with gone as (delete from written returning 1) select * from gone`.execute(guarded),
    LeaseLost,
  );
  assert.deepEqual((await sql`select 1 as one`.execute(guarded)).rows, [{ one: 1 }], 'it can still read');
  assert.equal((await sql`select from written where token = -1`.execute(db)).rows.length, 0);
  await Promise.all([first.close(), second.close()]);
});

test('a failed transaction of a holder leaves its connection clean', async () => {
  await withLease(db, 'failing', long, async ({ db: guarded }) => {
    await assert.rejects(sql`insert into written values ('x')`.execute(guarded));
    await assert.rejects(
      guarded.transaction().execute((trx) => sql`select 1 / 0`.execute(trx)),
      { code: '22012' },
    );
    await sql`insert into written values (0)`.execute(guarded);
  });
  await sql`delete from written`.execute(db);
});

test('a transaction of the holder of two leases is one transaction, and needs both', async () => {
  const insert = (token: number) => sql`insert into written values (${token})`;
  const other = await openLeases(db, long);
  for (const taken of ['outer', 'inner']) {
    await withLease(db, 'outer', long, async ({ db: outer }) => {
      await withLease(outer, 'inner', long, async ({ db: both }) => {
        await both.transaction().execute(async (trx) => {
          await insert(1).execute(trx);
          assert.deepEqual(await written(), [], 'no one sees it before it is committed');
        });
        const failing = both.transaction().execute(async (trx) => {
          await insert(2).execute(trx);
          throw new Error('on purpose');
        });
        await assert.rejects(failing, /on purpose/);
        await insert(3).execute(both);
        assert.deepEqual(await written(), [
          { token: 1n, count: 1 },
          { token: 3n, count: 1 },
        ]);
        const lease = (await other.take(taken, { force: true }))!;
        const late = both.transaction().execute((trx) => insert(4).execute(trx));
        await assert.rejects(late, LeaseLost);
        await assert.rejects(insert(4).execute(both), LeaseLost);
        await other.release(lease);
      });
    });
    assert.equal((await sql`select from written where token = 4`.execute(db)).rows.length, 0);
    await sql`delete from written`.execute(db);
  }
  await other.close();
});

test('a holder that loses its connection loses its lease at once, notices, and cannot commit once another has it', async () => {
  let refused: unknown;
  const ended = withLease(db, 'ended', long, async ({ lease, db: guarded }) => {
    await endConnectionOf(db, 'ended');
    const taken = await until('the lease to be free', async () => {
      const taking = await withLease(db, 'ended', long, async ({ lease: theirs }) => theirs.token);
      return taking.held && taking.result;
    });
    assert.ok(taken > lease.token);
    refused = await sql`insert into written values (-2)`.execute(guarded).catch((error: unknown) => error);
    await until('the former holder to notice', () => lease.lost.aborted);
    return 'stopped';
  });
  assert.deepEqual(await ended, { held: true, result: 'stopped' });
  assert.ok(refused instanceof LeaseLost);
});

test('the lease of a killed process is free at once, and its open transaction is ended', async () => {
  await sql`delete from written`.execute(db);
  const holder = startScript('tests/support/scripts/hold-lease.ts', [database.url, '60000']);
  assert.match(await firstLine(holder), /^held/);
  await until('it to write', async () => (await written()).length > 0);
  holder.kill('SIGKILL');
  await finished(holder);
  const killed = Date.now();
  const session = await openLeases(db, long);
  await until('the lease to be free', async () => (await session.take('x')) !== null);
  assert.ok(Date.now() - killed < 30_000, 'it did not have to expire');
  const before = await written();
  await sleep(300);
  assert.deepEqual(await written(), before);
  await session.close();
});

test('a process that was frozen until its lease expired commits nothing when it wakes up, and stops', async () => {
  await sql`delete from written`.execute(db);
  const holder = startScript('tests/support/scripts/hold-lease.ts', [database.url, '600']);
  const said: string[] = [];
  holder.stdout!.on('data', (data: Buffer) => said.push(...data.toString().trim().split('\n')));
  await until('it to write', async () => (await written()).length > 0);
  holder.kill('SIGSTOP');
  const session = await openLeases(db, long);
  await until('the lease to expire', async () => (await session.take('x')) !== null);
  const before = await written();
  holder.kill('SIGCONT');
  await finished(holder);
  assert.deepEqual(await written(), before);
  assert.ok(said.includes('lost') && said.includes('ended'), said.join('\n'));
  await session.close();
});

test('a holder that was frozen continues if no one has taken its lease', async () => {
  const holder = startScript('tests/support/scripts/hold-lease.ts', [database.url, '600']);
  await firstLine(holder);
  holder.kill('SIGSTOP');
  await until('the lease to expire', async () => (await holderOf(db, 'x')) === null);
  const count = async () => (await written()).reduce((sum, { count }) => sum + count, 0);
  const before = await count();
  holder.kill('SIGCONT');
  await until('it to finish what it was writing, and write again', async () => (await count()) >= before + 2);
  holder.kill('SIGKILL');
  await finished(holder);
});

test('a waiting process gets the lease when it is free, or stops waiting when aborted', async () => {
  const session = await openLeases(db, long);
  const held = (await session.take('waited'))!;
  let waits = 0;
  const stop = new AbortController();
  const wait = { signal: stop.signal, onWait: () => waits++ };
  const waiting = withLease(db, 'waited', { ...long, wait }, async () => 'had it');
  await until('it to wait', () => waits === 1);
  await session.release(held);
  assert.deepEqual(await waiting, { held: true, result: 'had it' });

  await session.take('waited');
  const again = withLease(db, 'waited', { ...long, wait }, async () => 'had it');
  await until('it to wait again', () => waits === 2);
  stop.abort(new Error('enough'));
  await assert.rejects(again, { name: 'AbortError' });
  await session.close();
});

test('a lease renewed by a clock far ahead is free', async () => {
  const session = await openLeases(db, long);
  await session.take('ahead');
  await sql`update ops.lease set expires_at = clock_timestamp() + interval '1 year' where name = 'ahead'`.execute(db);
  const second = await openLeases(db, long);
  assert.ok(await second.take('ahead'));
  await Promise.all([session.close(), second.close()]);
});
