import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StartSummary } from '../../cli/start/summary.ts';
import { openhouse } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function start(home: string): Promise<StartSummary> {
  const { code, stdout, stderr } = await openhouse(['start', '--once', '--json', '--home', home]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as StartSummary;
}

test('openhouse start --once: a dump becomes events, alerts and offers; the second time there is nothing new', async (t) => {
  const home = join(temporaryFolder(t), 'home');
  const first = await start(home);
  assert.deepEqual(first.problems, []);
  assert.equal(first.dumps.length, 2);
  for (const dump of first.dumps) assert.ok(dump.events > 0, dump.folder);
  assert.equal(Object.keys(first.collections).length, 7);
  for (const [name, { read, ...parts }] of Object.entries(first.collections)) {
    assert.ok(read > 0, name);
    const sum = Object.values(parts).reduce((total, part) => total + part, 0);
    assert.equal(sum, read, `${name}: what became of the documents adds up`);
  }
  assert.ok(first.now.listings > 350 && first.now.leads > 500 && first.now.agents > 15);
  // The first dump is what is on the market already: only the second one has news, and not for everybody.
  assert.ok(first.alerts.digests >= 20, 'buyers hear of homes');
  assert.ok(first.alerts.digests < first.now.leads / 2, 'and are not flooded');
  assert.ok(first.leads.offered >= 10, 'new leads are offered to agents');
  assert.equal(first.messages, first.alerts.digests + first.leads.offered);

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

test('a dump that is not there: a message, and no summary that looks like success', async (t) => {
  const folder = temporaryFolder(t);
  const { code, stdout } = await openhouse(['start', '--once', '--json', '--home', join(folder, 'home')], {
    extraEnv: { OPENHOUSE_DUMP: join(folder, 'nothing') },
  });
  assert.notEqual(code, 0);
  const { error } = JSON.parse(stdout) as { error: { message: string; hint?: string } };
  assert.match(error.message, /nothing/);
});
