import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './read-dump.ts';

const generator = fileURLToPath(new URL('../../samples/generator/write-sample.ts', import.meta.url));

test('writes a large sample within a small heap', async (t) => {
  const folder = await temporaryFolder(t);
  // 30,000 listings are some 250,000 documents: kept as objects, even one of the collections would not fit.
  const options = { folder, listings: 30_000, contacts: 10_000, seed: 1, dirt: 0.5 };
  const script = `
    const { writeSample } = await import(${JSON.stringify(generator)});
    const { documents } = await writeSample(${JSON.stringify(options)});
    process.stdout.write(JSON.stringify(documents));`;
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=96', '--import', 'tsx', '--input-type=module', '--eval', script],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, err);
  const documents = JSON.parse(out) as Record<string, number>;
  assert.equal(documents.properties, 30_000);
  assert.ok(documents.alerts_sent! >= 120_000, `alerts_sent: ${documents.alerts_sent}`);
});
