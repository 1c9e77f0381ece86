import { sql } from 'kysely';
import { deliveryMigrations } from '../../delivery/migrations.ts';
import { eventStoreMigrations } from '../../eventstore/migrations.ts';
import { importMigrations } from '../../importers/migrations.ts';
import { leaseMigrations } from '../../platform/lease/migrations.ts';
import type { Migrations } from '../../platform/migrations.ts';
import { processMigrations } from '../../platform/processes/migrations.ts';
import { freeBytes } from '../../platform/processes/register.ts';
import { projectionMigrations } from '../../projections/engine/migrations.ts';
import { schedulerMigrations } from '../../schedulers/migrations.ts';
import type { Condition, Finding } from './condition.ts';

/** Found out by `examine` itself, before it looks at anything else. */
export const postgresDown: Condition = {
  name: 'postgres-down',
  label: 'PostgreSQL does not answer',
  severity: 'down',
  detected: 'A question to it is not answered within 3 s.',
  seenWithin: '3 s',
  whatToDo:
    'See that it runs, and DATABASE_URL; the embedded one keeps a log in logs/ of the home folder. Nothing is lost: everything goes on once it is back.',
  href: null,
  look: () => [],
};

/** Found out by `examine` itself, before it looks at anything else. */
export const eventStoreDown: Condition = {
  name: 'event-store-down',
  label: 'The event store does not answer',
  severity: 'down',
  detected: 'A question to it is not answered within 3 s.',
  seenWithin: '3 s',
  whatToDo:
    'See that it runs, and EVENTSTORE_URL; the embedded one keeps a log in logs/eventstore.log of the home folder. Nothing is lost: everything goes on once it is back.',
  href: null,
  look: () => [],
};

/** For a condition that could not be looked at. */
export const unchecked: Condition = {
  name: 'unchecked',
  label: 'Something could not be checked',
  severity: 'broken',
  detected: 'Looking at a condition failed, or took longer than 5 s.',
  seenWithin: '5 s',
  whatToDo: 'The message says what stood in the way: usually a lock in the database, or a server that is slow.',
  href: null,
  look: () => [],
};

export const connectionsRunOut: Condition = {
  name: 'connections-run-out',
  label: 'PostgreSQL is nearly out of connections',
  severity: 'attention',
  detected: 'More than 85 % of the connections that PostgreSQL allows are in use.',
  seenWithin: 'at once',
  whatToDo: 'Stop what else uses it, or raise its max_connections.',
  href: null,
  look: async ({ db }) => {
    const { rows } = await sql<{ used: number; most: number }>`
      select (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used,
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most`.execute(
      db,
    );
    const { used, most } = rows[0]!;
    if (used <= most * 0.85) return [];
    return [{ subject: 'connections', text: `${used} of the ${most} connections of PostgreSQL are in use` }];
  },
};

const gigabyte = 1024 ** 3;

export const diskNearlyFull: Condition = {
  name: 'disk-nearly-full',
  label: 'A disk is nearly full',
  severity: 'attention',
  detected:
    'Less than 2 GB are free where the home folder of a process is (broken: less than 0.2 GB); each process looks every 10 s.',
  seenWithin: '10 s',
  whatToDo:
    'Make room, or move the home folder to a larger disk (--home, OPENHOUSE_HOME). A full disk stops the embedded PostgreSQL; nothing recorded is lost.',
  href: null,
  look: ({ home, processes }) => {
    const here = { subject: home, free: freeBytes(home) };
    const elsewhere = processes
      .filter((each) => each.home !== home)
      .map((each) => ({ subject: `${each.host}:${each.home}`, free: each.diskFreeBytes }));
    return [here, ...elsewhere].flatMap(({ subject, free }): Finding[] => {
      if (free === null || free > 2 * gigabyte) return [];
      const text = `${(free / gigabyte).toFixed(2)} GB are free for ${subject}`;
      return [{ subject, text, severity: free < 0.2 * gigabyte ? 'broken' : 'attention' }];
    });
  },
};

const known: readonly Migrations[] = [
  deliveryMigrations,
  eventStoreMigrations,
  importMigrations,
  leaseMigrations,
  processMigrations,
  projectionMigrations,
  schedulerMigrations,
];

export const schemaDiffers: Condition = {
  name: 'schema-differs',
  label: 'The database is of another release',
  severity: 'broken',
  detected: 'The migrations that the database has had are not those that this release knows.',
  seenWithin: 'at once',
  whatToDo:
    'Newer than this release: run the newest release everywhere. Older: run `openhouse start` once, which brings it up to date.',
  href: null,
  look: async ({ db }) => {
    const findings: Finding[] = [];
    for (const { schema, table = 'migrations', migrations } of known) {
      const place = `${schema}.${table}`;
      const { rows: there } = await sql<{ there: boolean }>`select to_regclass(${place}) is not null as there`.execute(
        db,
      );
      if (!there[0]!.there) continue;
      const { rows } = await sql<{ name: string }>`select name from ${sql.table(place)}`.execute(db);
      const had = rows.map(({ name }) => name);
      const newer = had.filter((name) => !(name in migrations));
      const missing = Object.keys(migrations).filter((name) => !had.includes(name));
      if (newer.length > 0)
        findings.push({
          subject: place,
          text: `The tables of ${place} were made by a newer release (${newer.join(', ')})`,
        });
      if (missing.length > 0)
        findings.push({
          subject: place,
          severity: 'attention',
          text: `The tables of ${place} are of an older release (without ${missing.join(', ')})`,
        });
    }
    return findings;
  },
};
