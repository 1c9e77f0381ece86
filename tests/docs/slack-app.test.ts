import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { projectFolder } from '../support/command.ts';

const { features, oauth_config: oauth, settings } = parse(read('docs/slack-app.yaml'));

function read(path: string): string {
  return readFileSync(join(projectFolder, path), 'utf8');
}

/** The scopes of each method that openhouse calls (docs.slack.dev/reference/methods). */
const scopes: Readonly<Record<string, readonly string[]>> = {
  'auth.test': [],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': ['im:history', 'channels:history', 'groups:history'],
  'conversations.open': ['im:write'],
  'users.info': ['users:read', 'users:read.email'],
  'views.open': [],
};

test('the Slack app that ships has the scopes of every method that is called', () => {
  const code = readdirSync(join(projectFolder, 'delivery/providers')).map((name) => read(`delivery/providers/${name}`));
  const called = new Set([...code.join('\n').matchAll(/\bclient\.(\w+\.\w+)\(/g)].map(([, method]) => method!));
  assert.deepEqual([...called].sort(), Object.keys(scopes).sort());
  const missing = Object.values(scopes).flatMap((needed) =>
    needed.filter((scope) => !oauth.scopes.bot.includes(scope)),
  );
  assert.deepEqual(missing, []);
});

test('the Slack app that ships sends presses and commands to the endpoints of openhouse', () => {
  const served = [...read('slack/endpoints.ts').matchAll(/slack\.post\('([^']+)'/g)].map(([, path]) => path);
  const [command] = features.slash_commands;
  assert.equal(command.command, '/openhouse');
  assert.deepEqual(
    [settings.interactivity.request_url, command.url].map((url) => new URL(url).pathname),
    served,
  );
});
