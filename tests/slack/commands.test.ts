import assert from 'node:assert/strict';
import { test } from 'node:test';
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
  assert.equal(text, '1 offers, 1 leads');
  const lines = blocks.map((block) => block.text?.text).join('\n');
  assert.match(lines, /Offers that wait for you: 1\n\*Maria L\.\*: answer by/);
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
