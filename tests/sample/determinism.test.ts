import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { committedSamples } from '../../samples/generator/committed-samples.ts';
import { random } from '../../samples/generator/random.ts';
import { type SampleOptions, writeSample } from '../../samples/generator/write-sample.ts';
import { filesOf, temporaryFolder } from './read-dump.ts';

/** The content of a sample: each file's name and hash. */
async function fingerprint(folder: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const file of await filesOf(folder)) {
    hashes[file] = createHash('sha256')
      .update(await readFile(join(folder, 'legacy', file)))
      .digest('hex');
  }
  return hashes;
}

const small = { listings: 60, contacts: 80, dirt: 0.5 } as const;

async function written(t: Parameters<typeof temporaryFolder>[0], options: Omit<SampleOptions, 'folder'>) {
  const folder = await temporaryFolder(t);
  await writeSample({ ...options, folder });
  return fingerprint(folder);
}

test('random numbers depend only on their key', () => {
  // Fixed here, so that no other machine and no later change produces other numbers unnoticed.
  const r = random('openhouse', 'properties', 17);
  assert.deepEqual([r.uint32(), r.uint32(), r.uint32()], [468_454_279, 1_296_305_067, 3_434_248_267]);
  assert.notEqual(random('a', 1).uint32(), random('a', 2).uint32());
});

test('the same seed and options produce the same bytes', async (t) => {
  const first = await written(t, { ...small, seed: 7 });
  assert.deepEqual(await written(t, { ...small, seed: 7 }), first);
  assert.deepEqual(await written(t, { ...small, seed: '7' }), first, 'a seed given as text is the same seed');
  assert.equal(Object.keys(first).length, 14);
});

test('gzipped files have the same bytes every time', async (t) => {
  const first = await written(t, { ...small, seed: 7, gzip: true });
  assert.deepEqual(await written(t, { ...small, seed: 7, gzip: true }), first);
  assert.ok(Object.keys(first).every((file) => file.endsWith('.gz')));
});

test('another seed produces another brokerage', async (t) => {
  const one = await written(t, { ...small, seed: 7 });
  const other = await written(t, { ...small, seed: 8 });
  for (const file of Object.keys(one)) assert.notEqual(one[file], other[file], file);
});

test('overwriting a sample of the other kind leaves no stale files, and does not touch other files', async (t) => {
  const folder = await temporaryFolder(t);
  await writeSample({ ...small, seed: 7, folder });
  await writeFile(join(folder, 'legacy', 'mine.txt'), 'mine');
  await writeSample({ ...small, seed: 7, folder, gzip: true });
  const files = await filesOf(folder);
  assert.ok(!existsSync(join(folder, 'legacy', 'properties.bson')));
  assert.equal(files.filter((file) => file.endsWith('.gz')).length, 14);
  assert.deepEqual(
    files.filter((file) => !file.endsWith('.gz')),
    ['mine.txt'],
  );
});

for (const { name, ...options } of committedSamples) {
  test(`samples/${name} matches what the generator writes now`, async (t) => {
    const committed = fileURLToPath(new URL(`../../samples/${name}`, import.meta.url));
    const folder = await temporaryFolder(t);
    await writeSample({ ...options, folder });
    assert.deepEqual(await filesOf(folder), await filesOf(committed));
    for (const file of await filesOf(folder)) {
      // Compressed bytes depend on the version of zlib; their content does not.
      const content = async (base: string) => {
        const bytes = await readFile(join(base, 'legacy', file));
        return file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
      };
      const same = (await content(folder)).equals(await content(committed));
      assert.ok(same, `${file} differs: node --import tsx samples/generator/regenerate.ts`);
    }
  });
}

test('refuses options out of range, naming them', async (t) => {
  const folder = await temporaryFolder(t);
  const attempt = (more: Partial<SampleOptions>) => writeSample({ folder, ...small, seed: 1, ...more });
  await assert.rejects(attempt({ listings: -1 }), /listings must be a whole number/);
  await assert.rejects(attempt({ contacts: 1.5 }), /contacts must be a whole number/);
  await assert.rejects(attempt({ agents: 0 }), /agents must be a whole number from 1/);
  await assert.rejects(attempt({ dirt: 1.1 }), /dirt must be a number from 0 to 1/);
  await assert.rejects(attempt({ dirt: Number.NaN }), /dirt must be a number from 0 to 1/);
  assert.ok(!existsSync(join(folder, 'legacy')), 'nothing was written');
});

test('accepts an empty brokerage', async (t) => {
  const folder = await temporaryFolder(t);
  const { documents } = await writeSample({
    folder,
    listings: 0,
    contacts: 0,
    agents: 1,
    seed: 1,
    dirt: 1,
    stage: 'later',
  });
  assert.equal(documents.users, 1);
  assert.equal(documents.properties + documents.contacts + documents.savedsearches + documents.alerts_sent, 0);
});
