import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandFiles } from '../../cli/command-files.ts';
import { exitCodes } from '../../platform/errors.ts';
import { finished, openhouse, plainEnvironment, projectFolder } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('--help lists every command, every exit code and every variable that is read', async () => {
  const { code, stdout, stderr } = await openhouse(['--help']);
  assert.equal(code, 0);
  assert.equal(stderr, '');
  for (const { name } of commandFiles()) {
    assert.match(stdout, new RegExp(`^ {2}${name}\\b`, 'm'), `${name} is listed`);
  }
  for (const exitCode of Object.values(exitCodes)) assert.match(stdout, new RegExp(`^ {2}${exitCode} `, 'm'));
  assert.equal(stdout.match(/^ {2}--json /gm)?.length, 1, 'no option is listed twice');
  const source = readFileSync(join(projectFolder, 'platform/config/environment.ts'), 'utf8');
  const variables = [...source.matchAll(/^ {4}([A-Z][A-Z_]+):/gm)].map(([, name]) => name!);
  assert.ok(variables.includes('DATABASE_URL') && variables.length > 10);
  const rarelyNeeded = /_API_URL$|_MESSAGE_STREAM$/;
  for (const variable of variables)
    if (!rarelyNeeded.test(variable)) assert.ok(stdout.includes(variable), `${variable} is explained`);
});

test('every command has help, --json and --home', async () => {
  for (const { name } of commandFiles()) {
    const { code, stdout } = await openhouse([name, '--help']);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: openhouse ${name}`));
    assert.match(stdout, /--json/);
    assert.match(stdout, /--home/);
    assert.ok(stdout.split('\n').length > 8, `${name} says more than its name`);
  }
});

test('reports a usage error with exit code 2 and no stack trace', async () => {
  for (const args of [
    ['nonsense'],
    ['jobs', '--nonsense'],
    ['jobs', 'nonsense'],
    ['eventstore', '--port', 'x'],
    ['sample'],
  ]) {
    const { code, stdout, stderr } = await openhouse(args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /^openhouse: /);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }
});

test('shows the help and exits with 2 when there is no command', async () => {
  const { code, stdout, stderr } = await openhouse([]);
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /^Usage: openhouse/);
});

test('reports a usage error as one JSON document with --json', async () => {
  const { code, stdout } = await openhouse(['eventstore', '--port', 'x', '--json']);
  assert.equal(code, 2);
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string; exitCode: number } };
  assert.equal(error.code, 'usage');
  assert.equal(error.exitCode, 2);
  assert.match(error.message, /whole number/);
});

test('reports an invalid setting by its name, without its value', async () => {
  const secret = 'mysql://me:hunter2@example.com/x';
  const { code, stdout, stderr } = await openhouse(['doctor'], {
    extraEnv: { DATABASE_URL: secret, OPENHOUSE_CONSOLE_PORT: '70000', SLACK_BOT_TOKEN: 'xoxb-hunter2' },
  });
  assert.equal(code, 2);
  assert.equal(stdout, '');
  for (const name of ['DATABASE_URL', 'OPENHOUSE_CONSOLE_PORT', 'SLACK_SIGNING_SECRET', 'SLACK_CHANNEL'])
    assert.ok(stderr.includes(name), name);
  assert.doesNotMatch(stderr, /hunter2/);
});

test('the doctor changes nothing, and reports as JSON', async (t) => {
  const home = join(temporaryFolder(t), 'home');
  const { code, stdout, stderr } = await openhouse(['doctor', '--json', '--home', home]);
  assert.equal(code, 0, stderr);
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { name: string; state: string }[] };
  assert.equal(ok, true);
  assert.equal(checks.find(({ name }) => name === 'home')?.state, 'off');
});

test('the doctor exits with 4 when servers cannot be reached, and says what to do', async (t) => {
  const { code, stdout } = await openhouse(['doctor', '--home', temporaryFolder(t)], {
    extraEnv: {
      DATABASE_URL: 'postgres://openhouse:hunter2@127.0.0.1:1/openhouse',
      EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false',
    },
  });
  assert.equal(code, 4);
  assert.match(stdout, /✖ PostgreSQL\s+PostgreSQL at postgres:\/\/openhouse:\*\*\*@127\.0\.0\.1:1/);
  assert.match(
    stdout,
    /✖ event store\s+esdb:\S+ the event store cannot be reached \(connect ECONNREFUSED 127\.0\.0\.1:1\)\n\s+→ Check/,
  );
  assert.match(stdout, /→/);
  assert.doesNotMatch(stdout, /hunter2/);
});

for (const extraEnv of [
  { DATABASE_URL: 'postgres://someone@127.0.0.1:1/x' },
  { EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false' },
] as Record<string, string>[]) {
  test(`the doctor checks ${Object.keys(extraEnv)[0]} although the embedded other server is not running`, async (t) => {
    for (const start of [[], ['--start']]) {
      const { code, stdout } = await openhouse(['doctor', ...start, '--home', temporaryFolder(t)], { extraEnv });
      assert.equal(code, exitCodes.unreachable, stdout);
      assert.match(stdout, /ECONNREFUSED 127\.0\.0\.1:1/);
      assert.match(stdout, /1 thing is broken/);
    }
  });
}

test('the doctor says that it did not check embedded servers that nothing uses', async (t) => {
  const { code, stdout } = await openhouse(['doctor', '--home', temporaryFolder(t)]);
  assert.equal(code, exitCodes.ok, stdout);
  assert.match(stdout, /Nothing is wrong\. The embedded servers and what is in them were not checked/);
});

test('the doctor reports a home with data that no command works on', async (t) => {
  const home = temporaryFolder(t);
  mkdirSync(join(home, 'postgres', 'cluster'), { recursive: true });
  const { code, stdout } = await openhouse(['doctor', '--home', home]);
  assert.equal(code, exitCodes.needsAttention, stdout);
  assert.match(stdout, /! running\s+no command of this home is running.*\n\s+→ Run `openhouse start`/);
});

test('a misspelled subcommand is reported as such, also where the group alone is its list', async () => {
  for (const group of ['quarantine', 'ownership']) {
    const { code, stderr } = await openhouse([group, 'nonsense']);
    assert.equal(code, exitCodes.usage);
    assert.match(stderr, /^openhouse: there is no such subcommand or argument\n/, group);
  }
});

test('a group of commands without a subcommand prints its help and what is missing', async () => {
  const { code, stdout, stderr } = await openhouse(['projections']);
  assert.deepEqual([code, stdout], [exitCodes.usage, '']);
  assert.match(stderr, /Usage: openhouse projections/);
  assert.match(stderr, /openhouse: a subcommand is missing\n$/);
});

test('the doctor ignores programs that this user may not run', async (t) => {
  const folder = temporaryFolder(t);
  const loop = join(folder, 'chromium');
  symlinkSync(loop, loop); // looking at it fails for root too
  const { code, stdout, stderr } = await openhouse(['doctor', '--home', join(folder, 'home')], {
    extraEnv: { PATH: `${folder}:/dev/null/bin` },
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /– Chromium\s+not found/);
});

test('works from any folder and through a symbolic link', async (t) => {
  const folder = temporaryFolder(t);
  const link = join(folder, 'openhouse');
  symlinkSync(join(projectFolder, 'bin/openhouse'), link);
  const child = spawn(link, ['--version'], { cwd: folder, env: plainEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const { code, stdout, stderr } = await finished(child);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test('does not fail when the reader of its output stops', async () => {
  const child = spawn('/bin/sh', ['-c', `"${process.execPath}" "${projectFolder}/bin/openhouse" --help | head -1`], {
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { code, stderr } = await finished(child);
  assert.equal(code, 0);
  assert.equal(stderr, '');
});

test('reports when the folder of a sample cannot be created', async () => {
  const { code, stderr } = await openhouse(['sample', '/proc/nowhere/dump', '--listings', '1', '--contacts', '1']);
  assert.equal(code, 1);
  assert.match(stderr, /cannot create a folder at \/proc\/nowhere/);
});

test('writes a sample to the folder and its summary to stdout', async (t) => {
  const folder = join(temporaryFolder(t), 'dump');
  const args = ['sample', folder, '--listings', '5', '--contacts', '5', '--seed', 'test', '--json'];
  const { code, stdout, stderr } = await openhouse(args);
  assert.equal(code, 0, stderr);
  assert.equal((JSON.parse(stdout) as { documents: { contacts: number } }).documents.contacts > 0, true);
  assert.ok(readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('properties.bson')));
});
