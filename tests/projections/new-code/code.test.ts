import assert from 'node:assert/strict';
import { utimes, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { knownCode, readCode } from '../../../projections/engine/builds/code.ts';
import { projectionEntries } from '../../../projections/registry.ts';
import { pricesOnDisk } from '../support/prices.ts';

let code: Awaited<ReturnType<typeof pricesOnDisk>>;
before(async () => {
  code = await pricesOnDisk();
});
after(() => code.remove());

test('compiling the projections does not end another compilation in the same process', async () => {
  const another = () =>
    build({ stdin: { contents: 'export default 1' }, write: false }).then(({ outputFiles }) => outputFiles.length);
  const [first, , second, , third] = await Promise.all([
    another(),
    readCode(projectionEntries),
    another(),
    readCode(projectionEntries),
    another(),
  ]);
  assert.deepEqual([first, second, third], [1, 1, 1]);
});

test('compiles each projection once, however often it is asked for', async () => {
  const { entries } = code;
  const [known] = knownCode(entries);
  await code.write({ onPrice: 'return { listPrice: 1 };' });
  assert.equal(knownCode(entries)[0], known);
  const [fresh] = readCode(entries);
  assert.notEqual(fresh!.hash, known!.hash);
  assert.equal(knownCode(entries)[0], fresh);
});

test('compiles again only what has changed, even if the file looks as old and as large as before', async () => {
  const { entries } = code;
  const old = new Date(Date.now() - 60_000);
  const write = async (price: number) => {
    await code.write({ onPrice: `return { listPrice: ${price} };` });
    await utimes(entries[0]!.entry, old, old);
  };
  await write(2);
  const [first] = readCode(entries);
  assert.equal(readCode(entries)[0], first);
  await write(3);
  const [second] = readCode(entries);
  assert.notEqual(second!.hash, first!.hash);
});

test('an error names the code that does not compile', async () => {
  const { entries } = code;
  await writeFile(entries[0]!.entry, 'export default {');
  assert.throws(() => readCode(entries), { code: 'projection-code-invalid', message: /projection\.ts/ });
});
