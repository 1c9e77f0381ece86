import type { Config } from '../../platform/config/config.ts';
import { explainDatabaseError, openDatabase } from '../../platform/database/database.ts';
import { shownUrl } from '../../platform/logging/shown-url.ts';
import type { Servers } from '../../platform/servers.ts';
import type { SupervisorStatus } from '../../platform/supervisor/protocol.ts';
import { formatTime } from '../../platform/wording/shown-time.ts';
import { type Check, examine, examineAll } from './check.ts';
import { examineEventStore } from './event-store.ts';

/**
 * The process that runs the embedded servers, and the commands that use them.
 *
 * @param options.needed there is data, which nothing works on while no command runs
 */
export function examineSupervisor(
  status: SupervisorStatus | 'silent' | undefined,
  { needed, timeZone }: { readonly needed: boolean; readonly timeZone: string },
): Check {
  const name = 'running';
  if (status === undefined && needed)
    return {
      name,
      state: 'warning',
      detail: 'no command of this home is running: no alerts, no offers to agents, and no messages are sent',
      hint: 'Run `openhouse start`.',
    };
  if (status === undefined)
    return { name, state: 'off', detail: 'no command of this home is using the embedded servers' };
  if (status === 'silent')
    return {
      name,
      state: 'failed',
      detail: 'the process that runs the embedded servers does not answer',
      hint: 'Kill it: its process id is in run/supervisor.json of the home folder. Nothing is lost.',
    };
  const users = status.leases.map(({ command, pid }) => `${command} (process ${pid})`);
  return {
    name,
    state: 'ok',
    detail: `by process ${status.pid} since ${formatTime(status.startedAt, timeZone)}, used by ${users.join(', ') || 'no command'}`,
    facts: { ...status },
  };
}

/** Asks the servers whose addresses are given for their version and contents. */
export async function examineServers(
  { databaseUrl, eventStoreUrl }: Partial<Servers>,
  config: Config,
): Promise<Check[]> {
  const database = databaseUrl === undefined ? [] : [await examine('PostgreSQL', () => postgres(databaseUrl))];
  if (database[0] !== undefined && database[0].state !== 'failed')
    database.push(await examine('schemas', () => schemas(databaseUrl!)));
  return [
    ...database,
    ...(eventStoreUrl === undefined ? [] : await examineAll('event store', () => examineEventStore(eventStoreUrl))),
    ...(config.mongoUrl === undefined ? [] : [await examine('old CRM', () => mongo(config.mongoUrl!))]),
  ];
}

async function postgres(url: string): Promise<Check> {
  const [row] = await onConnection(url, (query) =>
    query<{ version: string; bytes: string; connections: number; most: number }>(
      `select current_setting('server_version') as version, pg_database_size(current_database()) as bytes,
         (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections,
         current_setting('max_connections')::int as most`,
    ),
  );
  const { version, bytes, connections, most } = row!;
  const megabytes = Math.round(Number(bytes) / 1024 ** 2);
  const full = connections > most * 0.9;
  return {
    name: 'PostgreSQL',
    state: full ? 'warning' : 'ok',
    detail: `${version} at ${shownUrl(url)}, ${megabytes} MB, ${connections} of ${most} connections`,
    ...(full ? { hint: 'Stop other clients, or raise max_connections.' } : {}),
    facts: { version, bytes: Number(bytes), connections, maxConnections: most },
  };
}

/** The newest migration of each room, from the tables that kysely's migrator keeps. */
async function schemas(url: string): Promise<Check> {
  const newest = await onConnection(url, async (query) => {
    const tables = await query<{ table: string; select: string }>(
      `select table_schema || '.' || table_name as table,
         format('select %L as table, max(name) as name from %I.%I', table_schema || '.' || table_name, table_schema, table_name) as select
       from information_schema.columns where table_name like '%migrations' and column_name = 'timestamp' order by 1`,
    );
    if (tables.length === 0) return [];
    return await query<{ table: string; name: string | null }>(
      `${tables.map(({ select }) => select).join(' union all ')} order by 1`,
    );
  });
  if (newest.length === 0) return { name: 'schemas', state: 'off', detail: 'none yet: the first import creates them' };
  const facts = Object.fromEntries(newest.map(({ table, name }) => [table, name ?? 'none']));
  const detail = Object.entries(facts).map(([table, name]) => `${table} ${name}`);
  return { name: 'schemas', state: 'ok', detail: detail.join(', '), facts };
}

type Query = <Row>(sql: string) => Promise<Row[]>;

async function onConnection<Result>(url: string, work: (query: Query) => Promise<Result>): Promise<Result> {
  const { pool, close } = openDatabase(url, { applicationName: 'openhouse doctor', max: 1 });
  try {
    return await work(async <Row>(sql: string) => (await pool.query(sql)).rows as Row[]);
  } catch (error) {
    throw explainDatabaseError(error, url) ?? error;
  } finally {
    await close();
  }
}

async function mongo(url: string): Promise<Check> {
  const { connectMongo } = await import('../../importers/mongo/connect.ts');
  const { version, shown, close } = await connectMongo(url, { selectionMs: 3_000 });
  await close();
  return { name: 'old CRM', state: 'ok', detail: `${version} at ${shown}` };
}
