import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { examineEventStore } from '../../../cli/doctor/event-store.ts';
import { exitCodes } from '../../../platform/errors.ts';
import { openDouble } from '../../eventstore/outages/support.ts';
import { openhouse } from '../../support/command.ts';
import type { EventStoreDouble } from '../../support/event-store/event-store-double.ts';

type Check = { name: string; state: string; detail: string; hint?: string; facts?: Record<string, unknown> };

const doctor = async (databaseUrl: string, eventStoreUrl: string) => {
  const extraEnv = { DATABASE_URL: databaseUrl, EVENTSTORE_URL: eventStoreUrl };
  const { code, stdout, stderr } = await openhouse(['doctor', '--json'], { extraEnv });
  const { checks } = JSON.parse(stdout) as { checks: Check[] };
  return { code, stderr, checks: checks.filter(({ name }) => name.startsWith('event store')), extraEnv };
};

const at = (double: EventStoreDouble, node: number) => `127.0.0.1:${double.nodes[node]!.port}`;

test('doctor shows the version, the round trip, and each node of a cluster with its role and whether it answers', async (t) => {
  const { double, database } = await openDouble(t, 3);
  double.lead(double.nodes[1]!);
  double.nodes[2]!.down();
  const { checks, extraEnv } = await doctor(database.url, double.url);
  const [store, ...nodes] = checks;
  assert.match(store!.detail, /^23\.10\.\d+ at esdb:.*, up to position \d+, round trip \d+ ms$/);
  assert.equal(store!.facts!.leader, at(double, 1));
  assert.deepEqual(store!.facts!.missingRights, []);
  assert.deepEqual(
    (store!.facts!.nodes as { at: string; role: string; problem: unknown }[]).map((each) => [
      each.at,
      each.role,
      each.problem === null,
    ]),
    [
      [at(double, 0), 'follower', true],
      [at(double, 1), 'leader', true],
      [at(double, 2), 'follower', false],
    ],
  );
  assert.deepEqual(
    nodes.map(({ state }) => state),
    ['ok', 'ok', 'warning'],
  );
  assert.match(nodes[1]!.detail, new RegExp(`^${at(double, 1)}, leader, 23\\.10\\.\\d+, answers in \\d+ ms$`));
  assert.equal(nodes[2]!.detail, `${at(double, 2)}, follower, does not answer (connect ECONNREFUSED ${at(double, 2)})`);
  const { stdout } = await openhouse(['doctor'], { extraEnv });
  assert.match(stdout, new RegExp(`! event store node +${at(double, 2)}, follower, does not answer`));
});

test('doctor looks again before it says that the event store cannot be reached', async (t) => {
  const { double } = await openDouble(t, 1);
  const sockets = new Set<Socket>();
  let connections = 0;
  const line = createServer((socket) => {
    if (connections++ === 0) return socket.destroy();
    const onward = connect(double.nodes[0]!.port, '127.0.0.1');
    for (const each of [socket, onward]) sockets.add(each.on('error', () => {}));
    return socket.pipe(onward).pipe(socket);
  });
  line.listen(0, '127.0.0.1');
  await once(line, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    line.close();
  });
  const { port } = line.address() as AddressInfo;
  const [store] = await examineEventStore(`esdb://127.0.0.1:${port}?tls=false`);
  assert.equal(store!.state, 'ok', store!.detail);
  assert.ok(connections > 1);
});

test('doctor says that no node leads, and what each host answers when none can be reached', async (t) => {
  const { double, database } = await openDouble(t, 3);
  for (const node of double.nodes) node.state = 'FOLLOWER';
  const leaderless = await doctor(database.url, `${double.url}&nodePreference=follower`);
  const found = leaderless.checks.find(({ name }) => name === 'event store leader');
  assert.equal(found?.state, 'failed');
  assert.match(found.detail, /no node leads/);
  for (const node of double.nodes) node.down();
  const { code, checks } = await doctor(database.url, double.url);
  assert.equal(code, exitCodes.unreachable);
  for (const n of [0, 1, 2]) assert.ok(checks[0]!.detail.includes(`ECONNREFUSED ${at(double, n)}`), checks[0]!.detail);
});

test('doctor says which right the user lacks, and how an administrator gives it', async (t) => {
  const { double, database } = await openDouble(t, 1);
  double.denied.add('read $all').add('write streams');
  const { code, checks } = await doctor(database.url, double.url);
  assert.equal(code, exitCodes.unreachable);
  assert.deepEqual(checks[0]!.facts!.missingRights, ['read $all', 'write streams']);
  assert.deepEqual(
    checks.slice(1).map(({ state, detail, hint }) => [state, detail, /\$acl|\$settings/.exec(hint!)?.[0]]),
    [
      ['failed', 'this user may not read $all', '$acl'],
      ['failed', 'this user may not write streams', '$settings'],
    ],
  );
});
