import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isReadable } from '../../eventstore/stored-event.ts';
import { openWorld } from '../schedulers/support/world.ts';
import { openhouse } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A brokerage, and commands that the broker runs there. */
const setUp = async (t: TestContext) => {
  const world = await openWorld(t);
  for (const key of ['ana', 'bo']) await world.agent(key, {});
  await world.agent('boss', { roles: ['broker'] });
  await world.catchUp();
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await openhouse([...args, '--json'], {
      extraEnv: { DATABASE_URL: world.databaseUrl, EVENTSTORE_URL: world.eventStoreUrl },
    });
    return { code, answer: JSON.parse(stdout || stderr) };
  };
  const asBoss = (...args: string[]) => run(...args, '--as', 'boss');
  const because = (...args: string[]) => asBoss(...args, '--because', 'She asked for it');
  /** The events that people appended to a stream, with who did it and why. */
  const history = async (stream: string) => {
    const found = [];
    for await (const stored of world.store.readStream(stream)) {
      if (!isReadable(stored) || stored.metadata.actor.kind !== 'person') continue;
      found.push([stored.type, stored.metadata.actor.id, stored.metadata.reason ?? null]);
    }
    return found;
  };
  return { world, run, asBoss, because, history };
};

const policy = (escalateTo: string, offices: string) => `
weights: { area: 40 }
escalateTo: ${escalateTo}
rules:
  - name: Boca
    chain:
      - offerTo: { offices: [${offices}] }
        answerWithin: 30 minutes
  - name: Everyone
    when: { sources: [Website] }
    chain:
      - offerTo: { agents: [Nobody Known] }
        answerWithin: 30 minutes
`;

test('a policy that cannot work is not published, and each problem has its line; a good one is, once, with who and why', async (t) => {
  const { world, run, because, asBoss, history } = await setUp(t);
  const folder = temporaryFolder(t);
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const bad = file('bad.yaml', policy('zoe@example.com', 'boca'));
  const { code, answer } = await run('policy', 'check', bad);
  assert.deepEqual([code, answer.publishable], [1, false]);
  assert.deepEqual(
    answer.problems.map(({ line, code: problem }: { line: number; code: string }) => `${line} ${problem}`),
    ['3 agent-unknown', '7 matches-nobody', '9 never-reached', '12 agent-unknown', '12 matches-nobody'],
  );
  assert.equal((await because('policy', 'publish', bad)).code, 1);
  assert.deepEqual(await history('routingPolicy-leads'), []);

  const good = file('good.yaml', policy('boss', 'boca').split('  - name: Everyone')[0]!);
  await world.agent('bo', { officeKey: 'boca' });
  await world.catchUp();
  assert.equal((await asBoss('policy', 'publish', good)).code, 2, 'without a reason');
  const first = await because('policy', 'publish', good);
  assert.deepEqual([first.code, first.answer.published, first.answer.policyVersion], [0, true, 1]);
  assert.equal((await because('policy', 'publish', good)).answer.published, false);
  assert.equal((await run('policy', 'show')).answer.policy.escalateTo, 'boss');
  const other = file('other.yaml', policy('ana', 'boca').split('  - name: Everyone')[0]!);
  const diff = await run('policy', 'diff', other);
  assert.deepEqual([diff.code, diff.answer.differences], [3, [{ key: 'escalateTo', before: 'boss', after: 'ana' }]]);
});

test('a person offers, passes, accepts and releases a lead; what overrides the policy needs a reason', async (t) => {
  const { world, asBoss, because, history } = await setUp(t);
  await world.lead('maria', { email: 'maria@example.com' });
  await world.catchUp();
  assert.equal((await asBoss('leads', 'offer', 'maria', 'ana')).code, 2);
  assert.equal((await because('leads', 'offer', 'maria', 'ana@example.com')).answer.changed, true);
  assert.equal((await asBoss('leads', 'pass', 'maria', 'ana', '--reason', 'Bored')).code, 2);
  assert.equal((await asBoss('leads', 'pass', 'maria', 'ana', '--reason', 'too busy')).code, 0);
  const late = await asBoss('leads', 'accept', 'maria', 'ana');
  assert.deepEqual([late.code, late.answer.error.code], [1, 'offer-missing']);
  assert.equal((await because('leads', 'reassign', 'maria@example.com', 'bo')).code, 0);
  assert.equal((await because('leads', 'release', 'maria')).code, 0);
  assert.equal((await because('leads', 'release', 'maria')).code, 1, 'no one has it');
  const why = 'She asked for it';
  assert.deepEqual(await history('lead-maria'), [
    ['LeadOffered', 'boss', why],
    ['LeadPassed', 'boss', null],
    ['LeadReassigned', 'boss', why],
    ['LeadReleased', 'boss', why],
    ['LeadStageChanged', 'boss', why],
  ]);
});

test('a person sets the pause, capacity and office of an agent, and sees them', async (t) => {
  const { run, asBoss, history } = await setUp(t);
  assert.equal((await asBoss('agents', 'office', 'bo', 'x'.repeat(201))).code, 2);
  assert.equal((await asBoss('agents', 'capacity', 'bo', 'many')).code, 2);
  for (const args of [
    ['office', 'bo', ' boca '],
    ['capacity', 'bo', '3'],
    ['pause', 'bo', '--for', '2h'],
    ['resume', 'bo'],
  ]) {
    const { code, answer } = await asBoss('agents', ...args);
    assert.deepEqual([code, answer.changed], [0, true], args.join(' '));
  }
  assert.equal((await asBoss('agents', 'office', 'bo', 'boca')).answer.changed, false);
  const { answer } = await run('agents', 'show', 'bo@example.com');
  assert.deepEqual([answer.officeKey, answer.maxLeads, answer.pausedFrom], ['boca', 3, null]);
  assert.deepEqual(
    (await history('agent-bo')).map(([type, by]) => `${type} by ${by}`),
    ['AgentDetailsCorrected', 'AgentCoverageChanged', 'AgentPaused', 'AgentResumed'].map((type) => `${type} by boss`),
  );
  assert.equal((await asBoss('agents', 'resume', 'nobody@example.com')).code, 1);
});
