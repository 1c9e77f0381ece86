import { sql } from 'kysely';
import { deliveryMigrations } from '../../delivery/migrations.ts';
import { eventStoreMigrations } from '../../eventstore/positions/migrations.ts';
import { importMigrations } from '../../importers/migrations.ts';
import type { Migrations } from '../../platform/database/migrations.ts';
import { leaseMigrations } from '../../platform/lease/migrations.ts';
import { processMigrations } from '../../platform/processes/migrations.ts';
import { freeBytes } from '../../platform/processes/register.ts';
import { projectionMigrations } from '../../projections/engine/migrations.ts';
import { schedulerMigrations } from '../../schedulers/migrations.ts';
import type { Condition, Finding } from './condition.ts';

/** `examine` checks this itself, before anything else. */
export const postgresDown: Condition = {
  name: 'postgres-down',
  label: 'PostgreSQL does not answer',
  severity: 'down',
  detected: 'It does not answer a query within 3 s.',
  seenWithin: '3 s',
  whatToDo:
    'Check that it is running, and DATABASE_URL. The embedded one logs to logs/ in the home folder. Nothing is lost: everything resumes once it is back.',
  href: null,
  look: () => [],
};

/** `examine` checks this itself, before anything else. */
export const eventStoreDown: Condition = {
  name: 'event-store-down',
  label: 'The event store does not answer',
  severity: 'down',
  detected: 'It does not answer a query within 3 s.',
  seenWithin: '3 s',
  whatToDo:
    'Check that it is running, and EVENTSTORE_URL. The embedded one logs to logs/eventstore.log in the home folder. Nothing is lost: everything resumes once it is back.',
  href: null,
  look: () => [],
};

/** For a condition that could not be checked. */
export const unchecked: Condition = {
  name: 'unchecked',
  label: 'Something could not be checked',
  severity: 'broken',
  detected: 'Checking a condition failed, or took longer than 5 s.',
  seenWithin: '5 s',
  whatToDo: 'The message gives the cause, usually a lock in the database or a slow server.',
  href: null,
  look: () => [],
};

export const connectionsRunOut: Condition = {
  name: 'connections-run-out',
  label: 'PostgreSQL is nearly out of connections',
  severity: 'attention',
  detected: 'More than 85 % of the connections that PostgreSQL allows are in use.',
  seenWithin: 'at once',
  whatToDo: 'Stop other clients, or raise max_connections.',
  href: null,
  look: async ({ db }) => {
    const { rows } = await sql<{ used: number; most: number }>`
      select (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used,
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most`.execute(
      db,
    );
    const { used, most } = rows[0]!;
    if (used <= most * 0.85) return [];
    return [{ subject: 'connections', text: `${used} of PostgreSQL's ${most} connections are in use` }];
  },
};

const gigabyte = 1024 ** 3;

export const diskNearlyFull: Condition = {
  name: 'disk-nearly-full',
  label: 'A disk is nearly full',
  severity: 'attention',
  detected:
    "Less than 2 GB are free on the disk of a process's home folder (broken: less than 0.2 GB); each process checks every 10 s.",
  seenWithin: '10 s',
  whatToDo:
    'Free up space, or move the home folder to a larger disk (--home, OPENHOUSE_HOME). A full disk stops the embedded PostgreSQL, but nothing that was recorded is lost.',
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
  label: 'The database was set up by another release',
  severity: 'broken',
  detected: "The migrations applied to the database are not this release's.",
  seenWithin: 'at once',
  whatToDo:
    'If it is newer, run the newest release everywhere. If it is older, run `openhouse start` once to upgrade it.',
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
          text: `The tables of ${place} were set up by a newer release (${newer.join(', ')})`,
        });
      if (missing.length > 0)
        findings.push({
          subject: place,
          severity: 'attention',
          text: `The tables of ${place} were set up by an older release (without ${missing.join(', ')})`,
        });
    }
    return findings;
  },
};
