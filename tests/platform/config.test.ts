import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../platform/config/config.ts';
import { defaultHome } from '../../platform/config/default-home.ts';
import { isUserError } from '../../platform/errors.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('with nothing set, uses embedded servers and sends nothing outside', () => {
  const config = loadConfig({});
  assert.equal(config.databaseUrl, undefined);
  assert.equal(config.eventStoreUrl, undefined);
  assert.equal(config.postmark, undefined);
  assert.equal(config.slack, undefined);
  assert.equal(config.sentryDsn, undefined);
  assert.equal(config.consoleHost, '127.0.0.1');
  assert.equal(config.publicHost, '127.0.0.1');
  assert.equal(config.baseUrl, 'http://127.0.0.1:4001');
});

test("the port of the buyers' pages defaults to the console's plus one", () => {
  const ports = (env: NodeJS.ProcessEnv) => {
    const { publicPort, baseUrl } = loadConfig(env);
    return [publicPort, baseUrl];
  };
  assert.deepEqual(ports({ OPENHOUSE_CONSOLE_PORT: '0' }), [0, 'http://127.0.0.1:0']);
  assert.deepEqual(ports({ OPENHOUSE_CONSOLE_PORT: '8080' }), [8081, 'http://127.0.0.1:8081']);
  assert.deepEqual(ports({ OPENHOUSE_PUBLIC_PORT: '80' }), [80, 'http://127.0.0.1:80']);
  assert.deepEqual(ports({ OPENHOUSE_BASE_URL: 'https://homes.example.com' }), [4001, 'https://homes.example.com']);
});

test('accepts addresses and networks as trusted proxies', () => {
  const trusted = (value: string) => loadConfig({ OPENHOUSE_TRUSTED_PROXIES: value }).trustedProxies;
  assert.deepEqual(trusted('10.0.0.5, 10.1.0.0/16 fd00::/8'), ['10.0.0.5', '10.1.0.0/16', 'fd00::/8']);
  for (const wrong of ['proxy', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '*'])
    assert.throws(() => trusted(wrong), /OPENHOUSE_TRUSTED_PROXIES/, wrong);
});

test('the name of the brokerage is the name that e-mails come from, unless it is set', () => {
  const email = { POSTMARK_SERVER_TOKEN: 't', OPENHOUSE_BASE_URL: 'https://homes.example.com' };
  const nameOf = (env: NodeJS.ProcessEnv) => loadConfig({ ...email, ...env }).brokerage.name;
  assert.equal(nameOf({ POSTMARK_FROM: '"Sunshine Homes, Inc." <a@example.com>' }), 'Sunshine Homes, Inc.');
  assert.equal(nameOf({ POSTMARK_FROM: 'a@example.com' }), undefined);
  assert.equal(nameOf({ POSTMARK_FROM: 'Alerts <a@example.com>', OPENHOUSE_BROKERAGE_NAME: 'Cole' }), 'Cole');
});

test('a postal address has a number and words', () => {
  for (const address of ['12 Main St, Boca Raton, FL 33432', 'P.O. Box 7, Boca Raton FL'])
    assert.equal(loadConfig({ OPENHOUSE_BROKERAGE_ADDRESS: address }).brokerage.postalAddress, address);
  for (const address of ['TBD', '33432', 'to be done'])
    assert.throws(() => loadConfig({ OPENHOUSE_BROKERAGE_ADDRESS: address }), /must be a postal address/, address);
});

test('treats an empty variable as unset', () => {
  assert.equal(loadConfig({ DATABASE_URL: '', SLACK_BOT_TOKEN: '  ' }).databaseUrl, undefined);
});

test('the command line overrides the environment', () => {
  const env = { OPENHOUSE_HOME: '/from/environment', OPENHOUSE_CONSOLE_PORT: '5000' };
  const config = loadConfig(env, { home: '/from/command-line', consolePort: 6000 });
  assert.equal(config.home, '/from/command-line');
  assert.equal(config.consolePort, 6000);
  assert.equal(config.publicPort, 6001);
  assert.equal(config.baseUrl, 'http://127.0.0.1:6001');
  assert.equal(loadConfig(env).home, '/from/environment');
});

test('reports every invalid variable by name, without its value', () => {
  const wrong = {
    DATABASE_URL: 'secret-1',
    EVENTSTORE_URL: 'http://secret-2',
    OPENHOUSE_CONSOLE_PORT: 'secret-3',
    OPENHOUSE_TIME_ZONE: 'Middle/Earth',
    OPENHOUSE_LOG_LEVEL: 'loud',
    SENTRY_DSN: 'secret-4',
  };
  assert.throws(
    () => loadConfig(wrong),
    (error) => {
      assert.ok(isUserError(error));
      assert.equal(error.exitCode, 2);
      for (const name of Object.keys(wrong)) assert.ok(error.message.includes(name), name);
      assert.doesNotMatch(error.message, /secret-/);
      return true;
    },
  );
});

test('requires variables that belong together', () => {
  assert.throws(
    () => loadConfig({ POSTMARK_SERVER_TOKEN: 'secret' }),
    /POSTMARK_FROM is needed with POSTMARK_SERVER_TOKEN/,
  );
  assert.throws(() => loadConfig({ SLACK_BOT_TOKEN: 'secret' }), /SLACK_SIGNING_SECRET.*SLACK_CHANNEL/);
});

const mailing = { POSTMARK_SERVER_TOKEN: 'secret', POSTMARK_FROM: 'alerts@example.com' };

test('sending e-mail requires a public address for its links', () => {
  assert.throws(() => loadConfig(mailing), /OPENHOUSE_BASE_URL is needed with POSTMARK_SERVER_TOKEN.*https:/);
  for (const address of [
    'http://127.0.0.1:4000',
    'https://127.0.0.1:4000',
    'https://127.1',
    'https://2130706433',
    'https://localhost',
    'https://crm.localhost',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://[fd12::1]',
    'https://10.1.2.3',
    'https://172.20.0.3',
    'https://192.168.1.10:8443',
    'https://169.254.1.1',
    'https://0.0.0.0',
    'https://openhouse',
    'https://openhouse.local.',
    'https://crm.lan',
    'http://crm.example.com',
  ]) {
    assert.throws(() => loadConfig({ ...mailing, OPENHOUSE_BASE_URL: address }), /OPENHOUSE_BASE_URL must /, address);
  }
});

test('accepts a public address, with or without a trailing slash', () => {
  const baseUrlOf = (address: string) => loadConfig({ ...mailing, OPENHOUSE_BASE_URL: address }).baseUrl;
  assert.equal(baseUrlOf('https://crm.example.com'), 'https://crm.example.com');
  assert.equal(baseUrlOf('https://crm.example.com/'), 'https://crm.example.com');
  assert.equal(baseUrlOf('https://203.0.113.7:8443'), 'https://203.0.113.7:8443');
});

test('the addresses of the pages contain no secrets, and pages can be appended to them', () => {
  const secret = 's3cr3t';
  for (const name of ['OPENHOUSE_BASE_URL', 'OPENHOUSE_CONSOLE_URL']) {
    for (const address of [
      `https://dana:${secret}@crm.example.com`,
      `https://${secret}@crm.example.com`,
      `https://:${secret}@crm.example.com/pages`,
      `https://crm.example.com?key=${secret}`,
      `https://crm.example.com/#${secret}`,
      `https://crm example.com/${secret}`,
      'https://',
      'https://crm.example.com:99999',
      'ftp://crm.example.com',
      'crm.example.com',
    ]) {
      assert.throws(
        () => loadConfig({ [name]: address }),
        ({ message }: Error) => message.includes(`${name} must`) && !message.includes(secret),
        address,
      );
    }
  }
});

test('without e-mail, accepts any address for the links in previews', () => {
  assert.equal(loadConfig({ OPENHOUSE_BASE_URL: 'http://192.168.1.10:4000' }).baseUrl, 'http://192.168.1.10:4000');
});

test('the default home is that of the current project', (t) => {
  const project = temporaryFolder(t);
  const deep = join(project, 'a', 'b');
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{}');
  assert.equal(defaultHome(deep), join(project, '.openhouse'));
  writeFileSync(join(project, 'a', 'package.json'), '{}');
  assert.equal(defaultHome(deep), join(project, 'a', '.openhouse'));
  mkdirSync(join(project, '.openhouse'));
  assert.equal(defaultHome(deep), join(project, '.openhouse'), 'an existing one takes precedence');
});
