import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventStoreAddressProblem, parseEventStoreAddress } from '../../platform/config/event-store-address.ts';
import fc from '../support/fast-check.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const addressOf = (url: string) => {
  const parsed = parseEventStoreAddress(url);
  assert.ok('address' in parsed, JSON.stringify(parsed));
  return parsed.address;
};
const problemOf = (url: string) => {
  const parsed = parseEventStoreAddress(url);
  assert.ok('problem' in parsed, url);
  return parsed.problem;
};

test('every scheme is read, and several hosts are seeds', () => {
  for (const scheme of ['esdb', 'kurrentdb', 'ESDB']) {
    const { hosts, discover } = addressOf(`${scheme}://node`);
    assert.deepEqual(hosts, [{ host: 'node', port: 2113 }]);
    assert.equal(discover, false);
  }
  for (const url of [
    'esdb+discover://a,b:1,c',
    'kurrentdb+discover://a,b:1,c',
    'esdb://a,b:1,c',
    'kurrentdb://a,b:1,c/',
  ]) {
    const { hosts, discover } = addressOf(url);
    assert.deepEqual(
      hosts.map(({ host, port }) => `${host}:${port}`),
      ['a:2113', 'b:1', 'c:2113'],
    );
    assert.equal(discover, true);
  }
  assert.equal(addressOf('esdb+discover://a').discover, true);
});

test('IPv6 addresses are written in brackets', () => {
  assert.deepEqual(addressOf('esdb://[::1]:99,[fe80::1]').hosts, [
    { host: '::1', port: 99 },
    { host: 'fe80::1', port: 2113 },
  ]);
  assert.match(problemOf('esdb://::1'), /brackets/);
  assert.match(problemOf('esdb://[::g]'), /IPv6/);
});

test('parameters are read whatever their case, and have defaults', () => {
  const { tls, keepAliveInterval, keepAliveTimeout, nodePreference } = addressOf('esdb://a');
  assert.deepEqual(
    { tls, keepAliveInterval, keepAliveTimeout, nodePreference },
    {
      tls: true,
      keepAliveInterval: 2_000,
      keepAliveTimeout: 2_000,
      nodePreference: 'leader',
    },
  );
  const given = addressOf(
    'esdb://a?TLS=false&keep_alive_interval=-1&nodePreference=READONLYREPLICA&connectionName=a%20b',
  );
  assert.equal(given.tls, false);
  assert.equal(given.keepAliveInterval, -1);
  assert.equal(given.nodePreference, 'readOnlyReplica');
  assert.equal(given.connectionName, 'a b');
});

test('any user name and password can be written escaped', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1, unit: 'grapheme' }), (username, password) => {
      const url = `esdb://${encodeURIComponent(username)}:${encodeURIComponent(password)}@node:1`;
      assert.deepEqual(addressOf(url).credentials, { username, password });
    }),
  );
});

const secret = 'Sup3rS3cret';
const refused: [string, RegExp][] = [
  [`http://u:${secret}@a`, /must look like esdb:/],
  [`esdb://u:${secret}@a b`, /spaces/],
  [`esdb://u:${secret} x@a`, /spaces/],
  [`esdb://esdb://u:${secret}@a`, /two schemes/],
  [`esdb://u:${secret}@a,esdb://b`, /two schemes/],
  [`esdb://u:${secret}@a:99999`, /port 99999/],
  [`esdb://u:${secret}@a:0`, /port 0/],
  [`esdb://u:${secret}@a:x`, /port that is not a number/],
  [`esdb://u:${secret}@a:`, /port that is not a number/],
  [`esdb://u:${secret}@`, /empty host/],
  [`esdb://u:${secret}@a,,b`, /empty host/],
  [`esdb://u:${secret}@:2113`, /empty host/],
  ['esdb://', /empty host/],
  [`esdb://u:${secret}@x@a`, /@.*%40/],
  [`esdb://u:${secret}%@a`, /%25/],
  [`esdb://u:${secret}%zz@a`, /%25/],
  [`esdb://u:${secret}/x@a`, /%2F/],
  [`esdb://u:${secret}?x@a`, /%3F/],
  [`esdb://u:${secret}#x@a`, /%23/],
  [`esdb://u:${secret}:x@a`, /%3A/],
  [`esdb://u@a`, /both a user name and a password/],
  [`esdb://:${secret}@a`, /both a user name and a password/],
  [`esdb://u:${secret}@a?tlss=false`, /unknown parameter tlss: did you mean tls\?/],
  [`esdb://u:${secret}@a?${secret}=1`, /not written as name=value/],
  [`esdb://u:${secret}@a?tls=maybe`, /true or false as tls/],
  [`esdb://u:${secret}@a?tls`, /no value for tls/],
  [`esdb://u:${secret}@a?tls=true&tls=false`, /tls twice/],
  [`esdb://u:${secret}@a?keepAliveInterval=-2`, /a number as keepAliveInterval/],
  [`esdb://u:${secret}@a?nodePreference=${secret}`, /leader, follower/],
  [`esdb://u:${secret}@a?userCertFile=x`, /both userCertFile and userKeyFile/],
  [`esdb://u:${secret}@a/db`, /path/],
  [`esdb://u:${secret}@a..b-`, /not a valid name/],
  [`esdb://u:${secret}@999.1.1.1`, /not a valid name/],
];
for (const [url, problem] of refused) {
  test(`reports what is wrong with ${url.replaceAll(secret, '…')}`, () => {
    const found = problemOf(url);
    assert.match(found, problem);
    assert.ok(!found.includes(secret), found);
  });
}

test('nothing that is given is ever repeated in a problem', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.string({ maxLength: 20 }), (before, after) => {
      const parsed = parseEventStoreAddress(`esdb://u:${before}${secret}${after}@node:1?tls=false`);
      if ('problem' in parsed) assert.ok(!parsed.problem.includes(secret), parsed.problem);
    }),
  );
});

test('a file that does not exist, or is not PEM, is named', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'ca.crt');
  const url = `esdb://a?tlsCAFile=${encodeURIComponent(file)}`;
  assert.equal(eventStoreAddressProblem(url), `names a tlsCAFile that does not exist: ${file}`);
  writeFileSync(file, 'nothing');
  assert.equal(eventStoreAddressProblem(url), `tlsCAFile is not a PEM file: ${file}`);
});
