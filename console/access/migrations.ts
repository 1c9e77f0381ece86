import { type Kysely, type Migration, sql } from 'kysely';
import { migrate, tableComments } from '../../platform/database/migrations.ts';

const access: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ops.console_user (
        console_user_id bigint generated always as identity primary key,
        -- as in 'person dana' of the events; always in lower case
        user_name text not null unique check (user_name = lower(user_name)),
        -- argon2id in the PHC format, parameters and salt included
        password_hash text not null,
        created_at timestamptz not null default clock_timestamp(),
        password_changed_at timestamptz not null default clock_timestamp()
      )`.execute(db);
    await sql`
      create table ops.console_session (
        -- SHA-256 of the cookie: who reads this table can't use it to log in
        token_hash bytea primary key,
        console_user_id bigint not null references ops.console_user on delete cascade,
        created_at timestamptz not null default clock_timestamp(),
        last_used_at timestamptz not null default clock_timestamp()
      )`.execute(db);
    await sql`create index console_session_user on ops.console_session (console_user_id)`.execute(db);
    await sql`
      create table ops.console_log_in_attempt (
        -- SHA-256 of 'account:<user name>' or of the address: a mistyped user name may be a password
        limited_key bytea primary key,
        attempts int not null,
        window_ends_at timestamptz not null
      )`.execute(db);
  },
};

const apiKeys: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ops.api_key (
        name text primary key,
        -- SHA-256 of the key: who reads this table can't use it
        key_hash bytea not null unique,
        created_at timestamptz not null default clock_timestamp(),
        last_used_at timestamptz,
        revoked_at timestamptz
      )`.execute(db);
    await sql`comment on table ops.api_key is 'Keys with which web forms and portals send leads. Holds hashes of the keys.'`.execute(
      db,
    );
  },
};

const intakeRequests: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ops.intake_request (
        -- the API key's name
        name text not null,
        idempotency_key text not null,
        -- SHA-256 of what was asked for
        body_hash bytea not null,
        created_at timestamptz not null default clock_timestamp(),
        primary key (name, idempotency_key)
      )`.execute(db);
    await sql`create index intake_request_created on ops.intake_request (created_at)`.execute(db);
    await sql`comment on table ops.intake_request is
      'Which request an Idempotency-Key of the lead API stands for, so that another one with the same key is refused. Kept for 30 days.'`.execute(
      db,
    );
  },
};

const comments = tableComments({
  console_user: 'Who may log in to the console.',
  console_session: 'Who is logged in. Holds hashes of the cookies, not the cookies.',
  console_log_in_attempt: 'Failed log-ins by account and by address, for limiting them.',
});

/** Creates the tables of console users, sessions and log-in attempts. */
export const migrateAccess = (db: Parameters<typeof migrate>[0]): Promise<void> =>
  migrate(db, {
    schema: 'ops',
    table: 'access_migrations',
    migrations: {
      '0001-access': access,
      '0002-comments': comments,
      '0003-api-keys': apiKeys,
      '0004-intake-requests': intakeRequests,
    },
  });
