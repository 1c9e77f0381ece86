import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../../platform/database.ts';
import { number } from '../words.ts';
import { type Check, examine } from './check.ts';

type Db = Kysely<unknown>;

/** How far behind a read model may be before somebody should look, in seconds. */
const patienceSeconds = 60;

/** What waits for a person, or is behind: read models, jobs, messages, documents. Parts that never ran are left out. */
export async function examineWork(databaseUrl: string): Promise<Check[]> {
  const { db, close } = openDatabase<unknown>(databaseUrl, { applicationName: 'openhouse doctor', max: 1 });
  try {
    const parts: [table: string, name: string, look: (db: Db) => Promise<Check>][] = [
      ['ops.projection_build', 'read models', readModels],
      ['ops.job_run', 'jobs', jobs],
      ['ops.outbox', 'messages', messages],
      ['ops.quarantine', 'quarantine', quarantine],
    ];
    const checks: Check[] = [];
    for (const [table, name, look] of parts) {
      const { rows } = await sql<{ there: boolean }>`select to_regclass(${table}) is not null as there`.execute(db);
      if (rows[0]?.there) checks.push(await examine(name, () => look(db)));
    }
    return checks;
  } finally {
    await close();
  }
}

async function readModels(db: Db): Promise<Check> {
  const { rows } = await sql<{ name: string; version: number; behind: number; error: string | null; parked: number }>`
    select name, version, error,
      (select count(*)::int from ops.projection_parked where build_id = id) as parked,
      -- Behind whom is furthest; all of them see every event go by.
      coalesce(extract(epoch from max(last_event_created) over () - last_event_created), 0)::int as behind
    from ops.projection_build where state = 'live' order by name`.execute(db);
  const name = 'read models';
  if (rows.length === 0) return { name, state: 'off', detail: 'none yet: the first import makes them' };
  const failing = rows.filter(({ error }) => error !== null);
  const parked = rows.filter((row) => row.parked > 0);
  const facts = { readModels: rows };
  if (failing.length > 0)
    return {
      name,
      state: 'failed',
      detail: failing.map((row) => `${row.name}: ${row.error}`).join('; '),
      hint: 'See `openhouse projections list`; the tables as they were are still served.',
      facts,
    };
  if (parked.length > 0)
    return {
      name,
      state: 'warning',
      detail: parked.map((row) => `${row.parked} events parked in ${row.name}`).join(', '),
      hint: 'See `openhouse projections parked`; mend the handler, then `openhouse projections retry <name>`.',
      facts,
    };
  const slowest = Math.max(...rows.map(({ behind }) => behind));
  const detail = rows.map((row) => `${row.name} v${row.version}`).join(', ');
  if (slowest <= patienceSeconds) return { name, state: 'ok', detail, facts };
  return {
    name,
    state: 'warning',
    detail: `${detail}; one is ${slowest} s behind the others`,
    hint: '`openhouse projections list` tells which; `openhouse start` feeds them.',
    facts,
  };
}

async function jobs(db: Db): Promise<Check> {
  const { rows } = await sql<{ job: string; result: string; error: string | null; ended: Date | null }>`
    select distinct on (job) job, result, error, finished_at as ended from ops.job_run order by job, started_at desc`.execute(
    db,
  );
  const failed = rows.filter(({ result }) => result === 'failed');
  if (rows.length === 0) return { name: 'jobs', state: 'off', detail: 'none has run yet' };
  if (failed.length === 0)
    return { name: 'jobs', state: 'ok', detail: rows.map(({ job, result }) => `${job} ${result}`).join(', ') };
  return {
    name: 'jobs',
    state: 'failed',
    detail: failed.map(({ job, error }) => `${job} failed: ${error}`).join('; '),
    hint: '`openhouse jobs` lists the runs; the next run takes up what this one left.',
  };
}

async function messages(db: Db): Promise<Check> {
  const { rows } = await sql<{ state: string; count: number; oldest: number }>`
    select state, count(*)::int as count, extract(epoch from now() - min(created_at))::int as oldest
    from ops.outbox group by state order by state`.execute(db);
  const detail = rows.map(({ state, count }) => `${number(count)} ${state}`).join(', ');
  const failed = rows.some(({ state }) => state === 'failed');
  const stuck = rows.some(({ state, oldest }) => (state === 'pending' || state === 'sending') && oldest > 3_600);
  if (rows.length === 0) return { name: 'messages', state: 'off', detail: 'none yet' };
  if (!failed && !stuck) return { name: 'messages', state: 'ok', detail };
  return {
    name: 'messages',
    state: 'warning',
    detail: `${detail}${stuck ? '; some wait for more than an hour' : ''}`,
    hint: 'See `openhouse outbox`: each tells why. `openhouse start` sends what waits.',
  };
}

async function quarantine(db: Db): Promise<Check> {
  const { rows } = await sql<{ collection: string; count: number }>`
    select collection, count(*)::int as count from ops.quarantine where resolved_at is null
    group by collection order by collection`.execute(db);
  if (rows.length === 0) return { name: 'quarantine', state: 'ok', detail: 'empty' };
  return {
    name: 'quarantine',
    state: 'warning',
    detail: rows.map(({ collection, count }) => `${number(count)} of ${collection}`).join(', '),
    hint: 'The console shows each with its reason; mend them in the old CRM and import again.',
  };
}
