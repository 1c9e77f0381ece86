import { type Kysely, type Migration, sql } from 'kysely';
import { type Migrations, migrate } from '../database/migrations.ts';

/** Arbitrary fixed numbers: the first halves of our advisory lock keys. */
const sessionLocks = 0x6c656173; // "leas": held by a session's connection for as long as it lives
const fences = 0x66656e63; // "fenc": shared by a holder's transactions, exclusive for the process that takes over
const takers = 0x74616b65; // "take": exclusive for a process that found the lease free

/**
 * Renewing changes no key and locks only its own row, for an instant, and the holder's transactions never lock that row:
 * so neither can block the other. Only a process that takes a lease waits for the holder's transactions.
 */
const leases: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ops.lease (
        name text primary key,
        -- for its advisory lock
        id integer generated always as identity unique,
        -- grows with every holder: who comes with an older one is too late
        token bigint not null default 0,
        -- who has it, for people to read; null: no one
        holder text,
        -- the advisory lock of the holder's connection: once it is free, that connection is gone
        session integer,
        expires_at timestamptz
      )`.execute(db);
    await sql`create sequence ops.lease_session as integer cycle`.execute(db);

    await sql`comment on table ops.lease is
      'Who may write what only one process at a time may: a job, a build of a read model, the import.'`.execute(db);

    // Each statement of a volatile function sees what was committed before it, so the token is read under the lock.
    await sql`
      create function ops.hold_lease(lease_name text, lease_token bigint) returns boolean language plpgsql as $$
      declare
        lease_id integer;
      begin
        select id into lease_id from ops.lease where name = lease_name;
        if not found then return false; end if;
        perform pg_advisory_xact_lock_shared(${sql.lit(fences)}, lease_id);
        return exists (select from ops.lease where name = lease_name and token = lease_token);
      end $$`.execute(db);
    await sql`comment on function ops.hold_lease is
      'Whether the token is still the one; if so, no one can take the lease over until the transaction ends.'`.execute(
      db,
    );

    await sql`
      create function ops.fence_lease(lease_name text) returns void language plpgsql as $$
      declare
        lease_id integer;
      begin
        select id into lease_id from ops.lease where name = lease_name;
        if found then perform pg_advisory_xact_lock(${sql.lit(fences)}, lease_id); end if;
      end $$`.execute(db);
    await sql`comment on function ops.fence_lease is
      'Waits for the transactions of the holder, and lets it begin none until this transaction ends.'`.execute(db);

    await sql`
      create function ops.lease_is_free(lease ops.lease) returns boolean language sql as $$
        select lease.expires_at is null or lease.expires_at <= clock_timestamp()
          or pg_try_advisory_xact_lock_shared(${sql.lit(sessionLocks)}, lease.session)
      $$`.execute(db);
    await sql`comment on function ops.lease_is_free is
      'Whether it was given back, has run out, or its holder''s connection is gone.'`.execute(db);

    await sql`
      create function ops.take_lease(lease_name text, new_holder text, new_session integer, lasts interval, force boolean)
      returns bigint language plpgsql as $$
      declare
        found_lease ops.lease;
        new_token bigint;
      begin
        insert into ops.lease (name) values (lease_name) on conflict do nothing;
        select * into found_lease from ops.lease where name = lease_name;
        if ops.lease_is_free(found_lease) then
          -- A holder that froze in the middle of a transaction, or is gone while its last statement still runs.
          begin
            perform pg_terminate_backend(pid) from pg_locks
            where locktype = 'advisory' and classid = ${sql.lit(fences)} and objid = found_lease.id and objsubid = 2
              and mode = 'ShareLock' and granted and pid <> pg_backend_pid()
              and database = (select oid from pg_database where datname = current_database());
          exception when insufficient_privilege then
            null; -- another role's: it is waited for
          end;
        elsif not force then
          return null;
        end if;
        perform pg_advisory_xact_lock(${sql.lit(fences)}, found_lease.id);
        update ops.lease
        set token = token + 1, holder = new_holder, session = new_session, expires_at = clock_timestamp() + lasts
        where name = lease_name and (force or token = found_lease.token)
        returning token into new_token;
        return new_token;
      end $$`.execute(db);
    await sql`comment on function ops.take_lease is
      'Takes a lease that is free (or anyone''s, by force) when the transactions of its holder have ended. Null: it is held.'`.execute(
      db,
    );
  },
};

/** The first half of the key of the advisory lock that each session holds. */
export const sessionLockClass = sessionLocks;

/** A lease lasts seconds. One that expires much later was renewed while the database's clock was ahead. */
const clockAhead: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create or replace function ops.lease_is_free(lease ops.lease) returns boolean language sql as $$
        select lease.expires_at is null or lease.expires_at <= clock_timestamp()
          or lease.expires_at > clock_timestamp() + interval '10 minutes'
          or pg_try_advisory_xact_lock_shared(${sql.lit(sessionLocks)}, lease.session)
      $$`.execute(db);
  },
};

/**
 * Of two processes that found a lease free, the slower one ended the transactions of the faster one, its new holder. Now
 * the slower one waits until the faster one has it, and looks again.
 */
const oneTakerAtATime: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create or replace function ops.take_lease(
        lease_name text, new_holder text, new_session integer, lasts interval, force boolean
      ) returns bigint language plpgsql as $$
      declare
        found_lease ops.lease;
        new_token bigint;
      begin
        insert into ops.lease (name) values (lease_name) on conflict do nothing;
        select * into found_lease from ops.lease where name = lease_name;
        if ops.lease_is_free(found_lease) then
          perform pg_advisory_xact_lock(${sql.lit(takers)}, found_lease.id);
          select * into found_lease from ops.lease where name = lease_name;
        end if;
        if ops.lease_is_free(found_lease) then
          -- A holder that froze in the middle of a transaction, or is gone while its last statement still runs.
          begin
            perform pg_terminate_backend(pid) from pg_locks
            where locktype = 'advisory' and classid = ${sql.lit(fences)} and objid = found_lease.id and objsubid = 2
              and mode = 'ShareLock' and granted and pid <> pg_backend_pid()
              and database = (select oid from pg_database where datname = current_database());
          exception when insufficient_privilege then
            null; -- another role's: it is waited for
          end;
        elsif not force then
          return null;
        end if;
        perform pg_advisory_xact_lock(${sql.lit(fences)}, found_lease.id);
        update ops.lease
        set token = token + 1, holder = new_holder, session = new_session, expires_at = clock_timestamp() + lasts
        where name = lease_name and (force or token = found_lease.token)
        returning token into new_token;
        return new_token;
      end $$`.execute(db);
  },
};

export const leaseMigrations: Migrations = {
  schema: 'ops',
  table: 'lease_migrations',
  migrations: { '0001-leases': leases, '0002-clock-ahead': clockAhead, '0003-one-taker-at-a-time': oneTakerAtATime },
};

/** Creates or updates `ops.lease` and its functions. Safe to call from any number of processes at once. */
export const migrateLeases = (db: Parameters<typeof migrate>[0]): Promise<void> => migrate(db, leaseMigrations);
