import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadAgent } from '../../commands/agents/load-agent.ts';
import { openSlackWorld } from './support.ts';

test('/openhouse mine lists offers that wait and open leads; pause and resume answer with what they did', async (t) => {
  const world = await openSlackWorld(t);
  await world.agent('ana', { memberFullName: 'Ana Ruiz', slackUserId: 'UANA00001' });
  const lead = (key: string, fields: object) => world.lead(key, { email: `${key}@example.com`, ...fields });
  await lead('offered', { firstName: 'Maria', lastName: 'Lopez' });
  await lead('open', { firstName: 'Otto', leadStage: 'Hot', ownerMemberKey: 'ana' });
  await lead('closed', { firstName: 'Carla', leadStage: 'Closed', ownerMemberKey: 'ana' });
  await world.offer('offered', ['ana'], 'o1');

  assert.equal(await world.command('UANA00001', 'mine'), 'mine');
  const { text, blocks = [] } = world.slack.answers.at(-1)!;
  assert.equal(text, '1 offer, 1 lead');
  const lines = blocks.map((block) => block.text?.text).join('\n');
  assert.match(lines, /Offers waiting for you: 1\n\*Maria L\.\*: answer by/);
  assert.match(lines, /Your leads: 1\n\*Otto\*: Hot, open@example\.com, no response yet/);
  assert.doesNotMatch(lines, /Lopez|Carla/);

  for (const [command, outcome] of [
    ['pause 3months', 'pause-unclear'],
    ['pause 1h30m', 'paused'],
    ['resume', 'resumed'],
    ['resume', 'resumed-before'],
  ] as const) {
    assert.equal(await world.command('UANA00001', command), outcome, command);
  }
});

test('/openhouse why, listing and help answer what was asked, and nothing of other agents’ leads', async (t) => {
  const world = await openSlackWorld(t);
  await world.agent('ana', { memberFullName: 'Ana Ruiz', slackUserId: 'UANA00001' });
  await world.agent('bo', { memberFullName: 'Bo Lee', slackUserId: 'UBO000001' });
  await world.lead('maria', { firstName: 'Maria', lastName: 'Lopez', email: 'maria@example.com' });
  await world.listing('home', {
    listingId: 'RX-10912345',
    standardStatus: 'Active',
    listPrice: 450_000,
    bedroomsTotal: 3,
    associationFee: 350,
    associationFeeFrequency: 'Monthly',
    unparsedAddress: '<!channel> 1 Ocean Dr',
  });
  await world.offer('maria', ['ana'], 'o1');
  const lastAnswer = () => JSON.stringify(world.slack.answers.at(-1));

  assert.equal(await world.command('UANA00001', 'why Maria Lopez'), 'why');
  assert.match(lastAnswer(), /covers Boca Raton \(\+40\)/);
  assert.equal(await world.command('UBO000001', 'why Maria Lopez'), 'lead-unknown');
  assert.doesNotMatch(lastAnswer(), /covers|maria@example/);
  assert.equal(await world.command('UANA00001', 'why'), 'lead-missing');

  assert.equal(await world.command('UANA00001', 'listing RX-10912345'), 'listing');
  assert.match(lastAnswer(), /\$450,000/);
  assert.match(lastAnswer(), /3 beds · HOA \$350 monthly/);
  assert.doesNotMatch(JSON.stringify(world.slack.answers.at(-1)?.text), /<!channel>/);
  assert.equal(await world.command('UANA00001', 'listing RX-99999999'), 'listing-unknown');

  assert.equal(await world.command('UANA00001', 'help'), 'help');
  assert.match(lastAnswer(), /\/openhouse pause 2h/);
  assert.equal(await world.command('UANA00001', 'fly'), 'command-unknown');
});

test('/openhouse answers bad input with what to write instead, and changes nothing', async (t) => {
  const world = await openSlackWorld(t);
  await world.agent('ana', { memberFullName: 'Ana Ruiz', slackUserId: 'UANA00001' });
  await world.agent('bo', { memberFullName: 'Bo Lee', slackUserId: 'UBO000001' });
  await world.lead('maria', { firstName: 'Maria', lastName: 'Lopez', email: 'maria@example.com' });
  await world.offer('maria', ['bo'], 'o1');
  const answer = () => String(world.slack.answers.at(-1)?.text);
  const pauseOf = async (memberKey: string) => (await loadAgent(world.store, memberKey)).pause;

  for (const time of [
    '99y',
    '-1h',
    '0h',
    '1.5.2h',
    'h',
    'until tomorrow',
    '2h; drop table',
    '９h',
    '99999999999999d',
  ] as const) {
    assert.equal(await world.command('UANA00001', `pause ${time}`), 'pause-unclear', time);
    assert.match(answer(), /\/openhouse pause 2h/);
    assert.equal(await pauseOf('ana'), null, time);
  }
  assert.equal(await world.command('UANA00001', 'PAUSE'), 'paused');
  assert.match(answer(), /until you resume/);
  assert.equal((await pauseOf('ana'))?.to, null);
  assert.equal(await world.command('UANA00001', 'resume'), 'resumed');

  for (const [command, outcome] of [
    ['why Maria Lopez', 'lead-unknown'],
    ['why maria@example.com', 'lead-unknown'],
    ['why maria', 'lead-unknown'],
    ['why nobody', 'lead-unknown'],
    ['why', 'lead-missing'],
    ['listing', 'listing-missing'],
    ['listing RX-99999999', 'listing-unknown'],
    [`listing ${'🏡'.repeat(200)}`, 'listing-unknown'],
    ['listing <!channel>', 'listing-unknown'],
    ['fly <!channel>', 'command-unknown'],
    ['', 'help'],
    ['   ', 'help'],
    ['HELP', 'help'],
  ] as const) {
    assert.equal(await world.command('UANA00001', command), outcome, command);
    const said = JSON.stringify(world.slack.answers.at(-1));
    assert.doesNotMatch(said, /<!channel>|covers|\ufffd/, command);
  }
});

test('/openhouse refuses strangers politely, whatever they ask for, and agents who have left', async (t) => {
  const world = await openSlackWorld(t);
  await world.agent('ana', { memberFullName: 'Ana Ruiz', slackUserId: 'UANA00001' });
  await world.agent('gone', { memberFullName: 'Gus Gone', slackUserId: 'UGONE0001', memberStatus: 'Inactive' });
  await world.catchUp();
  for (const user of ['UNOBODY01', 'UGONE0001']) {
    for (const command of ['mine', 'pause 2h', 'resume', 'why Ana', 'listing RX-1', 'help']) {
      assert.equal(await world.command(user, command), 'stranger', `${user}: ${command}`);
      assert.match(String(world.slack.answers.at(-1)?.text), new RegExp(`^Sorry, .*${user}`));
    }
  }
});
