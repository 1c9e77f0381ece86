import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggable } from '../../platform/logging/loggable.ts';
import { shownUrl, withShownUrls } from '../../platform/logging/shown-url.ts';
import fc, { runs } from '../support/fast-check.ts';

const cases: [shown: string, address: string][] = [
  ['postgres://me:***@db:5432/x', 'postgres://me:p%40ss@db:5432/x'],
  ['postgres://me:***@db:5432/x', 'postgres://me:p@ss%@db:5432/x'],
  ['postgres://***', 'postgres://me:p/s?s#@db/x'],
  ['postgres://***', 'postgres://me:secret@db/x?password=sec@ret'],
  ['postgres://me%40corp:***@db/x', 'postgres://me%40corp:secret@db/x'],
  ['postgres://:***@db/x', 'postgres://:secret@db/x'],
  ['postgres://me@db/x', 'postgres://me@db/x'],
  ['postgres://db/x?user=me&password=***', 'postgres://db/x?user=me&password=secret'],
  ['postgres://db/x?PassWord=***&sslmode=require', 'postgres://db/x?PassWord=secret&sslmode=require'],
  ['postgres://db/x?***=***', 'postgres://db/x?pass%77ord=secret'],
  ['postgres://db/x?sslpassword=***&sslkey=***', 'postgres://db/x?sslpassword=secret&sslkey=secret'],
  ['postgres://db/x?options=***', 'postgres://db/x?options=-c%20secret'],
  ['postgres://db/x?***', 'postgres://db/x?secret'],
  ['postgres://db/x?application_name=***', 'postgres://db/x?application_name=a?password=secret'],
  ['postgres:///x?host=/var/run/postgresql', 'postgres:///x?host=/var/run/postgresql'],
  ['esdb+discover://admin:***@a:2113,b:2113', 'esdb+discover://admin:changeit@a:2113,b:2113'],
  ['esdb://127.0.0.1:2113?tls=false', 'esdb://127.0.0.1:2113?tls=false'],
  ['esdb://[::1]:2113?tls=true&tlsCAFile=/home/me/ca.crt', 'esdb://[::1]:2113?tls=true&tlsCAFile=/home/me/ca.crt'],
  ['mongodb+srv://me:***@host/x?***=***', 'mongodb+srv://me:secret@host/x?a=b'],
  [
    'mongodb://h1:27017,h2:27017/x?replicaSet=rs0&authMechanismProperties=***&tlsCertificateKeyFilePassword=***',
    'mongodb://h1:27017,h2:27017/x?replicaSet=rs0&authMechanismProperties=AWS_SESSION_TOKEN:secret&tlsCertificateKeyFilePassword=secret',
  ],
  ['https://***@sentry.example/1', 'https://secretkey@sentry.example/1'],
  ['https://key:***@sentry.example/1', 'https://key:secret@sentry.example/1'],
  ['postgres://db***', 'postgres://db/x;password=secret'],
  ['***', 'host=db user=me password=secret'],
  ['***', 'secret'],
  ['', ''],
];
test('hides what may be a secret in a URL', () => {
  for (const [shown, address] of cases) assert.equal(shownUrl(address), shown || '***', address);
});

/** Long enough not to be found in the rest by chance; includes every character that people put in passwords. */
const secret = fc
  .array(fc.constantFrom(...'@%:/?#&=[]+;,. \'"\\$!*~^|{}<>`äAZaz09_-'), { minLength: 4, maxLength: 30 })
  .map((signs) => `S3cr${signs.join('')}3t`);
const encodings = [(text: string) => text, encodeURIComponent, encodeURI];
const parts = fc.record({
  scheme: fc.constantFrom(
    'postgres',
    'postgresql',
    'esdb',
    'esdb+discover',
    'kurrentdb',
    'mongodb',
    'mongodb+srv',
    'https',
  ),
  user: fc.constantFrom('', 'me', 'me%40corp.com', 'a.b-c'),
  host: fc.constantFrom('db', 'db:5432', 'a:1,b:2', '[::1]:5432', ''),
  name: fc.constantFrom(
    'password',
    'PASSWORD',
    'sslpassword',
    'sslkey',
    'passfile',
    'token',
    'p%61ssword',
    'user',
    'host',
    'tls',
    'x',
  ),
  path: fc.constantFrom('', '/', '/x', '/x/y'),
  place: fc.constantFrom('user-info', 'query', 'bare', 'second'),
  encode: fc.constantFrom(...encodings),
  secret,
});

test('never shows a secret, wherever in a URL and however it is escaped', () => {
  fc.assert(
    fc.property(parts, ({ scheme, user, host, name, path, place, encode, secret }) => {
      const written = encode(secret);
      const address = {
        'user-info': `${scheme}://${user}:${written}@${host}${path}`,
        query: `${scheme}://${user}@${host}${path}?${name}=${written}`,
        second: `${scheme}://${host}${path}?tls=false&${name}=${written}&x=1`,
        bare: `${scheme}://${host}${path}?${written}`,
      }[place];
      const shown = shownUrl(address);
      // These are not secret, and are shown if nothing about them is odd.
      const mayShow = ['user', 'host', 'tls'].includes(name) && place !== 'user-info' && place !== 'bare';
      if (mayShow) return;
      for (const piece of [secret, written, written.slice(0, 6), written.slice(-3), 'S3cr', '3t'])
        assert.ok(!shown.includes(piece), `${address} is shown as ${shown}`);
    }),
    { numRuns: runs(5_000) },
  );
});

test('hides secrets in URLs within a text, as in the errors of libraries', () => {
  assert.equal(
    withShownUrls('cannot reach postgres://me:s3cret@db/x?password=s3cret: (ECONNREFUSED), see https://a.example/b.'),
    'cannot reach postgres://me:***@db/x?password=***: (ECONNREFUSED), see https://a.example/b.',
  );
  assert.equal(withShownUrls('at file:///work/a@b/c.ts:12:3'), 'at file:///work/a@b/c.ts:12:3');
  assert.equal(
    loggable('to mongodb://me:s3cret@db.example.com/x for ana@example.com'),
    'to mongodb://me:[e-mail]/x for [e-mail]',
  );
});

test('reads a long text in linear time', () => {
  const time = (length: number) => {
    const texts = ['a', 'a://', '@', 'a@', '://', 'a.', '://a:b@'].map((piece) => piece.repeat(length / piece.length));
    const before = process.cpuUsage();
    for (const text of texts) {
      shownUrl(text);
      withShownUrls(text);
      withShownUrls(`postgres://${text}`);
    }
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  // Of its own processor time, and the best of several: what else runs on this machine only makes one slower.
  const best = (length: number) => Math.min(...Array.from({ length: 5 }, () => time(length)));
  best(10_000);
  const [short, long] = [best(50_000), best(500_000)];
  assert.ok(long < short * 40, `ten times the text took ${(long / short).toFixed(1)} times as long`);
});
