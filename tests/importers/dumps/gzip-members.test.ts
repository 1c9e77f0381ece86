import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { gunzipMembers, trailingBytes } from '../../../importers/dump/gzip-members.ts';
import fc, { runs } from '../../support/fast-check.ts';

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const unzip = async (bytes: Buffer, size = 64 * 1024) => {
  const parts: Buffer[] = [];
  let code: unknown;
  try {
    for await (const part of gunzipMembers(() => chunksOf(bytes, size))) parts.push(part);
  } catch (error) {
    code = (error as NodeJS.ErrnoException).code;
  }
  return { text: Buffer.concat(parts).toString(), code };
};
const zipped = (text: string) => gzipSync(Buffer.from(text));
const zeros = (count: number) => Buffer.alloc(count);

suite('a gzip file', () => {
  test('with several members and padding in between is read to the end, in chunks of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.string({ maxLength: 300 }), fc.nat(600)), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 700 }),
        async (members, size) => {
          const bytes = Buffer.concat(members.flatMap(([text, padding]) => [zipped(text), zeros(padding)]));
          const { text, code } = await unzip(bytes, size);
          assert.equal(code, undefined);
          assert.equal(text, members.map(([member]) => Buffer.from(member).toString()).join(''));
        },
      ),
      { numRuns: runs(60) },
    );
  });

  test('followed by other bytes yields its content, then an error', async () => {
    for (const size of [1, 7, 10_000]) {
      const read = await unzip(Buffer.concat([zipped('one'), zeros(512), Buffer.from('rubbish')]), size);
      assert.deepEqual(read, { text: 'one', code: trailingBytes });
    }
  });

  test('that is cut short yields the content before the cut, then an error', async () => {
    const whole = 'line\n'.repeat(200_000);
    const bytes = zipped(whole);
    const { text, code } = await unzip(bytes.subarray(0, bytes.length - 20), 1_000);
    assert.equal(code, 'Z_BUF_ERROR');
    assert.ok(text.length > whole.length * 0.9, `${text.length} of ${whole.length}`);
  });

  test('that is broken in the middle yields the content before that', async () => {
    const words = Array.from({ length: 60_000 }, (_, at) => String((at * 7919) % 60_013)).join(' ');
    const bytes = zipped(words);
    bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 64);
    const { text, code } = await unzip(bytes, 1_000);
    assert.match(String(code), /^Z_/);
    assert.ok(text.length > words.length * 0.25, `${text.length} of ${words.length}`);
    assert.ok(words.startsWith(text.slice(0, words.length * 0.25)));
  });

  test('with a wrong checksum yields its whole content, then an error', async () => {
    const bytes = zipped('a few short documents');
    bytes.fill(0, bytes.length - 8, bytes.length - 4);
    assert.deepEqual(await unzip(bytes), { text: 'a few short documents', code: 'Z_DATA_ERROR' });
  });

  test('that is broken anywhere yields the same content, whatever the size of its chunks', async () => {
    const words = Array.from({ length: 200 }, (_, at) => String((at * 7919) % 60_013)).join(' ');
    const whole = Buffer.concat([zipped(words), zeros(100), zipped(words)]);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 10, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, change) => {
          const bytes = Buffer.from(whole);
          bytes[at] = bytes[at]! ^ change;
          const [inOne, singly] = [await unzip(bytes), await unzip(bytes, 1)];
          assert.deepEqual(inOne, singly);
        },
      ),
      { numRuns: runs(6) },
    );
  });

  test('that is not gzip is an error', async () => {
    assert.match(String((await unzip(Buffer.from('not gzip at all'))).code), /^Z_/);
    assert.match(String((await unzip(Buffer.alloc(0))).code), /^Z_/);
    assert.match(String((await unzip(zeros(512))).code), /^Z_/);
  });
});
