import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openDump } from '../../../importers/dump/open-dump.ts';
import { isUnreadable } from '../../../importers/source.ts';
import { isUserError, type UserError } from '../../../platform/errors.ts';
import { bsonOf, temporaryFolder } from '../support/dump.ts';

/** The `_id`s of all collections, with the place of each document. */
const read = async (source: string, wanted: readonly string[] | 'all' = ['contacts']) => {
  const { collections, notes } = await openDump(source, wanted);
  const found: Record<string, unknown[]> = {};
  const places: string[] = [];
  for (const { name, read: readAll } of collections) {
    found[name] = [];
    for await (const one of readAll()) {
      places.push(one.place);
      if (!isUnreadable(one)) found[name].push(one.document._id);
    }
  }
  return { found, places, notes };
};

const refused = async (source: string, wanted: readonly string[] | 'all' = ['contacts']): Promise<UserError> => {
  const error: unknown = await openDump(source, wanted).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(isUserError(error), String(error));
  assert.ok(error.hint, 'says what to do');
  return error;
};

const archive = Buffer.concat([Buffer.from([0x6d, 0xe2, 0x99, 0x81]), bsonOf([{ concurrent_collections: 4 }])]);

suite('a collection', () => {
  test('has its own name, whatever mongodump makes of it for a file', async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, 'legacy'));
    const names = ['lead files', 'leads/2024', '100% sold', 'naïve', '50%'];
    for (const [_id, name] of names.entries())
      writeFileSync(
        join(folder, 'legacy', `${name === '50%' ? name : encodeURIComponent(name)}.bson`),
        bsonOf([{ _id }]),
      );
    const { found, places } = await read(folder, names);
    assert.deepEqual(found, Object.fromEntries(names.map((name, _id) => [name, [_id]])));
    assert.equal(places[0], 'lead files.bson@0');
    assert.deepEqual((await read(folder, 'all')).found, found);
  });

  test('may really be called what another one is called in a file', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'lead%20files.json'), '{"_id":1}\n');
    assert.deepEqual((await read(folder, ['lead%20files'])).found, { 'lead%20files': [1] });
  });

  test('that is a view is recognised by its own name', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'contacts.json'), '{"_id":1}\n');
    writeFileSync(join(folder, 'lead%20files.metadata.json'), '{"type":"view"}');
    assert.match((await read(folder, ['contacts', 'lead files'])).notes.join('\n'), /lead files is a view/);
  });
});

suite('a single file', () => {
  const contents = {
    'contacts.bson': bsonOf([{ _id: 1 }]),
    'contacts.bson.gz': gzipSync(bsonOf([{ _id: 1 }])),
    'contacts.json': '{"_id":1}\n',
    'contacts.json.gz': gzipSync('[{"_id":1}]'),
    'contacts.jsonl': '{"_id":1}\n',
    'contacts.ndjson.gz': gzipSync('{"_id":1}\n'),
  };
  for (const [name, content] of Object.entries(contents)) {
    test(`${name} is the collection that it is named after`, async (t) => {
      const folder = temporaryFolder(t);
      writeFileSync(join(folder, 'properties.bson'), bsonOf([{ _id: 2 }]));
      writeFileSync(join(folder, name), content);
      const { found, notes } = await read(join(folder, name), ['contacts', 'properties']);
      assert.deepEqual([found, notes], [{ contacts: [1] }, []]);
      assert.deepEqual((await read(folder, ['contacts'])).found, { contacts: [1] });
    });
  }

  test('of a collection that the mapping does not know is rejected, with what to do', async (t) => {
    const path = join(temporaryFolder(t), 'contacts-2024.json');
    writeFileSync(path, '{"_id":1}\n');
    const { code, message, hint } = await refused(path);
    assert.equal(code, 'dump-unknown');
    assert.match(message, /collection contacts-2024/);
    assert.match(hint!, /the mapping has contacts\. Rename the file, or let `openhouse import inspect/);
    assert.deepEqual((await read(path, 'all')).found, { 'contacts-2024': [1] });
  });

  const others: readonly (readonly [string, string | Buffer, RegExp])[] = [
    ['crm.archive', archive, /mongodump --out.*mongorestore --archive=crm\.archive/],
    ['crm.gz', gzipSync(archive), /mongorestore --gzip --archive=crm\.gz/],
    ['contacts.csv', 'name,email\n', /Export as JSON/],
    ['dump.tar.gz', gzipSync('x'), /Unpack dump\.tar\.gz/],
    ['contacts.metadata.json', '{}', /Give a folder/],
    ['notes.txt', 'x', /Give a folder/],
  ];
  for (const [name, content, hint] of others) {
    test(`${name} is rejected, with what to do instead`, async (t) => {
      const path = join(temporaryFolder(t), name);
      writeFileSync(path, content);
      assert.match((await refused(path)).hint!, hint);
    });
  }
});

test('reports what is in a folder without any collections, and what to do instead', async (t) => {
  const folder = temporaryFolder(t);
  assert.match((await refused(folder)).message, /contains no files/);
  mkdirSync(join(folder, 'exports'));
  writeFileSync(join(folder, 'crm.archive'), archive);
  writeFileSync(join(folder, 'exports', 'contacts.csv'), 'name,email\n');
  writeFileSync(join(folder, 'exports', 'properties.csv'), 'price\n');
  writeFileSync(join(folder, 'notes.txt'), 'x');
  const { code, message, hint } = await refused(folder);
  assert.equal(code, 'dump-empty');
  assert.match(
    message,
    /no collections, but crm\.archive \(a mongodump archive\), contacts\.csv \(a CSV file or spreadsheet\), /,
  );
  assert.match(hint!, /^Archives cannot be read.* CSV files .*without --type=csv\.$/);
});
