import assert from 'node:assert/strict';
import { Command } from 'commander';
import { register } from '../../cli/commands/servers/doctor.ts';
import type { Context } from '../../cli/context.ts';
import type { Listening } from '../../console/http.ts';
import { messageHtml } from '../../console/rendering/html.ts';
import { loadConfig } from '../../platform/config/config.ts';
import type { Problem } from '../../queries/conditions/examine.ts';
import type { World } from '../history/support.ts';

/** What the console answers. */
type Shown = {
  readonly health: { readonly code: number; readonly status: string; readonly problems: readonly Problem[] };
  readonly metrics: string;
  readonly page: string;
};

/** The answers of the four places. */
export type Seen = Shown & {
  readonly doctor: { readonly code: number; readonly problems: readonly Problem[] | null };
};

export type Settings = Readonly<Record<string, string>>;

/** `openhouse doctor --json`, in this process. */
const askDoctor = async (databaseUrl: string, eventStoreUrl: string, env: Settings = {}): Promise<Seen['doctor']> => {
  let code = 0;
  let printed: unknown;
  const config = loadConfig({ DATABASE_URL: databaseUrl, EVENTSTORE_URL: eventStoreUrl, ...env });
  const context = {
    config: () => config,
    json: () => true,
    print: (result: unknown) => {
      printed = result;
    },
    exitWith: (wanted: number) => {
      code = wanted;
    },
    withServers: (work: (servers: object, config: object) => Promise<unknown>) =>
      work({ databaseUrl, eventStoreUrl }, config),
  } as unknown as Context;
  const program = new Command();
  register(program, context);
  await program.parseAsync(['node', 'openhouse', 'doctor']);
  return { code, problems: (printed as { problems: readonly Problem[] | null }).problems };
};

/** Until when a console may answer what it has found before: for 250 ms, and then some. */
let sharedUntil = 0;

export const lookAtConsole = async (console: Listening): Promise<Shown> => {
  await new Promise((resolve) => setTimeout(resolve, sharedUntil - Date.now()));
  const get = async (path: string) => await fetch(console.url + path);
  const [health, metrics, page] = await Promise.all([
    get('/health'),
    get('/metrics').then((response) => response.text()),
    get('/').then((response) => response.text()),
  ]);
  sharedUntil = Date.now() + 300;
  const { status, problems } = (await health.json()) as Shown['health'];
  return { health: { code: health.status, status, problems }, metrics, page };
};

/** Conditions, without the one that other tests on the same PostgreSQL can cause at any time. */
export const names = (problems: readonly Problem[] | null) =>
  [...new Set(problems?.map(({ condition }) => condition))].filter((name) => name !== 'connections-run-out').sort();

/** Looks in all four places. The doctor always shows what /health does, so to see what is gone, /health is enough. */
export const lookAround = async (
  console: Listening,
  { databaseUrl, eventStoreUrl }: World,
  env: Settings = {},
): Promise<Seen> => {
  const [shown, doctor] = await Promise.all([lookAtConsole(console), askDoctor(databaseUrl, eventStoreUrl, env)]);
  assert.deepEqual(names(doctor.problems), names(shown.health.problems));
  return { ...shown, doctor };
};

/** Looks in all four places for a condition. */
export const assertShown = (name: string, seen: Seen): void => {
  const problem = seen.health.problems.find(({ condition }) => condition === name);
  assert.ok(problem, `/health shows ${name}: ${JSON.stringify(seen.health.problems)}`);
  assert.match(seen.metrics, new RegExp(`^openhouse_condition\\{condition="${name}"\\} [1-9]`, 'm'));
  assert.ok(seen.page.includes(messageHtml(problem.whatToDo)), `the page says what to do about ${name}`);
  assert.ok(
    seen.doctor.problems?.some(({ condition }) => condition === name),
    `the doctor shows ${name}`,
  );
};

export const assertGone = (name: string, { health, metrics }: Shown): void => {
  assert.ok(!health.problems.some(({ condition }) => condition === name), `${name} is gone from /health`);
  assert.match(metrics, new RegExp(`^openhouse_condition\\{condition="${name}"\\} 0$`, 'm'));
};
