import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StartSummary } from '../../../cli/start/summary.ts';
import { freePort } from '../../../platform/free-port.ts';
import { supervisorStatus } from '../../../platform/supervisor/client.ts';
import { contact, user } from '../../importers/support/documents.ts';
import { writeDump } from '../../importers/support/dump.ts';
import { openhouse, plainEnvironment, projectFolder } from '../../support/command.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';

async function start(home: string, extraEnv: Record<string, string> = {}): Promise<StartSummary> {
  const { code, stdout, stderr } = await openhouse(['start', '--once', '--json', '--home', home], { extraEnv });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as StartSummary;
}

test('openhouse start --once turns a dump into events, alerts and offers, and finds nothing new the second time', async (t) => {
  const home = join(temporaryFolder(t), 'home');
  const first = await start(home);
  assert.deepEqual(first.problems, []);
  assert.equal(first.dumps.length, 2);
  for (const dump of first.dumps) assert.ok(dump.events > 0, dump.folder);
  assert.equal(Object.keys(first.collections).length, 7);
  for (const [name, { read, ...parts }] of Object.entries(first.collections)) {
    assert.ok(read > 0, name);
    const sum = Object.values(parts).reduce((total, part) => total + part, 0);
    assert.equal(sum, read, `${name}: the counts of documents add up`);
  }
  assert.ok(first.now.listings > 350 && first.now.leads > 500 && first.now.agents > 15);
  // The first dump is already on the market; only the second one has news, and not for everyone.
  assert.ok(first.alerts.digests >= 20, 'buyers hear of homes');
  assert.ok(first.alerts.digests < first.now.leads / 2, 'and are not flooded');
  assert.ok(first.leads.offered >= 10, 'new leads are offered to agents');
  assert.equal(first.messages, first.alerts.digests + first.leads.offered + first.leads.escalated);

  const second = await start(home);
  assert.deepEqual(second.problems, []);
  assert.equal(second.events, 0);
  assert.equal(second.messages, 0);
  assert.deepEqual(second.now, first.now);
  for (const [name, counts] of Object.entries(second.collections)) {
    assert.equal(counts.read, first.collections[name]!.read, name);
    assert.equal(counts.applied, 0, name);
  }
});

test('a person who gets a lead because no agent matches it is notified by the same run', async (t) => {
  const folder = temporaryFolder(t);
  const users = [user({ roles: ['broker'] }), user({ areas: ['Miami'] })];
  const dump = writeDump(t, { users, contacts: [contact({ areas: ['Boca Raton'] })] });
  const summary = await start(join(folder, 'home'), { OPENHOUSE_DUMP: dump });
  assert.deepEqual([summary.leads, summary.messages], [{ offered: 0, escalated: 1, withoutAgent: 0 }, 1]);
});

test('openhouse start serves the console from the beginning and shares its servers until Ctrl-C, which stops everything', async (t) => {
  const home = join(temporaryFolder(t), 'home');
  const port = String(await freePort());
  const child = spawn(
    process.execPath,
    [join(projectFolder, 'bin/openhouse'), 'start', '--json', '--port', port, '--home', home],
    { env: plainEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  t.after(() => child.kill('SIGKILL'));
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // Visitors during start-up once ended a compilation that the start was waiting for.
  const early: number[] = [];
  const visit = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => null);
    if (response !== null && stdout === '') early.push(response.status);
    await response?.body?.cancel();
  };
  await until(
    'the summary',
    async () => {
      await Promise.all(['/', '/', '/health'].map(visit));
      return stdout.endsWith('}\n') || child.exitCode !== null;
    },
    180_000,
  );
  assert.equal(child.exitCode, null, stderr);
  assert.ok(early.includes(200), `the console answers during start-up: ${early}`);
  const { console: url } = JSON.parse(stdout) as StartSummary;
  const page = await fetch(url!);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<html/i);

  const jobs = await openhouse(['jobs', '--json', '--home', home]);
  assert.equal(jobs.code, 0, jobs.stderr);
  assert.doesNotMatch(jobs.stderr, /starting/, 'it uses the servers that run');
  assert.ok((JSON.parse(jobs.stdout) as { job: string }[]).some(({ job }) => job === 'alerts'));
  const byLabel = await openhouse(['jobs', 'Property alerts', '--json', '--home', home]);
  assert.ok(
    (JSON.parse(byLabel.stdout) as { job: string }[]).every(({ job }) => job === 'alerts'),
    byLabel.stderr,
  );
  const again = await openhouse(['start', '--port', new URL(url!).port, '--home', home]);
  assert.notEqual(again.code, 0, 'a port in use');
  assert.match(again.stderr, /port \d+/);

  child.kill('SIGINT');
  assert.equal(await until('it to end', () => child.exitCode ?? undefined), 0, stderr);
  assert.equal(await supervisorStatus(home), undefined, 'and nothing is left running');
});

test('exits with 130 on Ctrl-C, and the next run finishes the work', async (t) => {
  const home = join(temporaryFolder(t), 'home');
  const child = spawn(process.execPath, [join(projectFolder, 'bin/openhouse'), 'start', '--once', '--home', home], {
    env: plainEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await until('the import to begin', () => stderr.includes('importing'));
  child.kill('SIGINT');
  assert.equal(await until('it to end', () => child.exitCode ?? undefined), 130, stderr);
  assert.equal(await supervisorStatus(home), undefined, 'and nothing is left running');
  const { problems, now } = await start(home);
  assert.deepEqual(problems, []);
  assert.ok(now.listings > 350);
});

test('reports a missing dump, without a summary that looks like success', async (t) => {
  const folder = temporaryFolder(t);
  const { code, stdout } = await openhouse(['start', '--once', '--json', '--home', join(folder, 'home')], {
    extraEnv: { OPENHOUSE_DUMP: join(folder, 'nothing') },
  });
  assert.notEqual(code, 0);
  const { error } = JSON.parse(stdout) as { error: { message: string; hint?: string } };
  assert.match(error.message, /nothing/);
});
