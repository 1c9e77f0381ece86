import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examineServers } from '../../../cli/doctor/servers.ts';
import type { Config } from '../../../platform/config/config.ts';
import { testOnBoth } from '../../support/mongo-server.ts';

const examined = async (mongoUrl: string) => {
  const [check, ...others] = await examineServers({}, { mongoUrl } as Config);
  assert.deepEqual(others, []);
  return check!;
};

testOnBoth('doctor reports the version of the old CRM, whichever driver speaks to it', async (t, start) => {
  const { url } = await start(t);
  const { name, state, detail } = await examined(url);
  assert.deepEqual([name, state], ['old CRM', 'ok'], detail);
  assert.match(detail, /^\d+\.\d+\.\d+ at mongodb:/);
});

test('doctor reports an old CRM that cannot be reached, and what to do, without the password', async () => {
  const { state, detail, hint } = await examined(
    'mongodb://ana:secret@127.0.0.1:1/legacy?serverSelectionTimeoutMS=300',
  );
  assert.equal(state, 'failed');
  assert.match(detail, /^mongodb:\/\/ana:\*\*\*@127\.0\.0\.1:1\/legacy\S* cannot be reached/);
  assert.match(hint ?? '', /firewall/);
});
