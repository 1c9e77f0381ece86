import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { EJSON, Long, ObjectId } from 'bson';
import { openDump } from '../../../importers/dump/open-dump.ts';
import { contentHashOf, isSourceError, isUnreadable, type SourceDocument } from '../../../importers/source.ts';
import { isUserError } from '../../../platform/errors.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { bsonOf, temporaryFolder, writeDump } from '../support/dump.ts';

const documents = Array.from({ length: 1000 }, (_, n) => ({
  _id: new ObjectId(),
  n,
  at: new Date(1.6e12 + n),
  big: Long.fromString('9007199254740993'),
  text: 'ü'.repeat(n % 700),
}));

/** The contacts that a dump yields, and the error that ended reading. */
const readContacts = async (folder: string) => {
  const { collections } = await openDump(folder);
  const found: SourceDocument[] = [];
  const unreadable: string[] = [];
  try {
    for await (const item of collections.find(({ name }) => name === 'contacts')!.read()) {
      if (isUnreadable(item)) unreadable.push(`${item.place} ${item.unreadable.code}`);
      else found.push(item);
    }
  } catch (error) {
    if (!isSourceError(error)) throw error;
    return { found, unreadable, problem: error.problem };
  }
  return { found, unreadable, problem: undefined };
};

const refused = async (folder: string): Promise<string> => {
  const error: unknown = await openDump(folder).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(isUserError(error), `${folder} is rejected with a message: ${String(error)}`);
  assert.notEqual(error.exitCode, 0);
  return error.code;
};

test('BSON and Extended JSON, plain or gzipped, yield the same documents', async (t) => {
  const plain = await readContacts(writeDump(t, { contacts: documents }));
  assert.equal(plain.found.length, 1000);
  assert.equal(plain.found[7]!.document.n, 7);
  const gzip = await readContacts(writeDump(t, { contacts: documents }, { gzip: true }));
  assert.deepEqual(
    gzip.found.map(({ raw }) => raw()),
    plain.found.map(({ raw }) => raw()),
  );
  for (const relaxed of [true, false]) {
    const folder = temporaryFolder(t);
    const lines = documents.map((document) => EJSON.stringify(document, { relaxed })).join('\n');
    writeFileSync(join(folder, 'contacts.json'), `\ufeff${lines}\n`);
    const json = await readContacts(folder);
    assert.equal(json.problem, undefined);
    assert.deepEqual(
      json.found.map(({ document }) => [String(document._id), document.n, document.text]),
      plain.found.map(({ document }) => [String(document._id), document.n, document.text]),
    );
  }
});

test('a raw document keeps the types of its numbers', async (t) => {
  const { found } = await readContacts(writeDump(t, { contacts: documents.slice(0, 1) }));
  const raw = JSON.parse(found[0]!.raw()) as Record<string, unknown>;
  assert.deepEqual(raw.n, { $numberInt: '0' });
  assert.deepEqual(raw.big, { $numberLong: '9007199254740993' });
});

test('a file cut off anywhere yields every complete document, and reports where it ends', async (t) => {
  const bytes = bsonOf(documents.slice(0, 40));
  const ends = [0];
  while (ends.at(-1)! < bytes.length) ends.push(ends.at(-1)! + bytes.readInt32LE(ends.at(-1)!));
  const folder = writeDump(t, { contacts: [] });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: bytes.length }), async (length) => {
      writeFileSync(join(folder, 'legacy', 'contacts.bson'), bytes.subarray(0, length));
      const { found, problem } = await readContacts(folder);
      const whole = ends.findLastIndex((end) => end <= length);
      assert.equal(found.length, whole);
      if (ends.includes(length)) assert.equal(problem, undefined);
      else {
        assert.equal(problem?.code, 'bson-cut-short');
        assert.equal(problem.offset, ends[whole]);
        assert.match(problem.file, /contacts\.bson$/);
      }
    }),
    { numRuns: runs(60) },
  );
});

test('reports a gzip file that is cut short or invalid', async (t) => {
  const folder = writeDump(t, { contacts: documents }, { gzip: true });
  const path = join(folder, 'legacy', 'contacts.bson.gz');
  const size = readFileSync(path).length;
  truncateSync(path, size - 200);
  const cut = await readContacts(folder);
  assert.equal(cut.problem?.code, 'gzip-cut-short');
  assert.ok(cut.found.length > 0 && cut.found.length < 1000, 'the documents before the cut are yielded');
  writeFileSync(path, 'this is not gzip');
  assert.equal((await readContacts(folder)).problem?.code, 'not-gzip');
});

test('yields every document before the damage in a gzip file, however small the file is', async (t) => {
  const folder = writeDump(t, { contacts: documents.slice(0, 3) }, { gzip: true });
  const path = join(folder, 'legacy', 'contacts.bson.gz');
  const damaged = readFileSync(path);
  damaged.fill(0, damaged.length - 8, damaged.length - 4);
  writeFileSync(path, damaged);
  const bson = await readContacts(folder);
  assert.deepEqual([bson.found.length, bson.problem?.code], [3, 'not-gzip']);
  for (const text of ['[{"_id":1},{"_id":2}]', '{"_id":1}\n{"_id":2}\n']) {
    const bytes = gzipSync(text);
    bytes.fill(0, bytes.length - 8, bytes.length - 4);
    rmSync(path, { force: true });
    writeFileSync(join(folder, 'legacy', 'contacts.json.gz'), bytes);
    const json = await readContacts(folder);
    assert.deepEqual([json.found.length, json.problem?.code], [2, 'not-gzip'], text);
  }
});

test('reports a file that is not BSON, or is corrupt after some documents', async (t) => {
  const folder = writeDump(t, { contacts: [] });
  const path = join(folder, 'legacy', 'contacts.bson');
  writeFileSync(path, 'name,email\nAna,ana@example.com\n');
  assert.equal((await readContacts(folder)).problem?.code, 'not-bson');
  const good = bsonOf(documents.slice(0, 3));
  writeFileSync(path, Buffer.concat([good, Buffer.alloc(40, 0xff)]));
  const { found, problem } = await readContacts(folder);
  assert.equal(found.length, 3);
  assert.deepEqual([problem?.code, problem?.offset], ['bson-corrupt', good.length]);
});

test('sets a broken document aside and reads those after it', async (t) => {
  const folder = writeDump(t, { contacts: [] });
  const [first, second, third] = documents.slice(1, 4).map((document) => bsonOf([document]));
  second![4] = 0x7e; // there is no such type
  writeFileSync(join(folder, 'legacy', 'contacts.bson'), Buffer.concat([first!, second!, third!]));
  const { found, unreadable, problem } = await readContacts(folder);
  assert.equal(problem, undefined);
  assert.equal(found.length, 2);
  assert.deepEqual(unreadable, [`contacts.bson@${first!.length} not-bson`]);
});

test('reports lines that are not documents, a last line that is cut off, and files of another kind', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'contacts.json');
  writeFileSync(path, '{"_id":1}\nnonsense\n\n[2]\n{"_id":3}\n{"_id":');
  const { found, unreadable, problem } = await readContacts(folder);
  assert.deepEqual(
    found.map(({ document }) => document._id),
    [1, 3],
  );
  assert.deepEqual(unreadable, ['contacts.json@10 not-json', 'contacts.json@20 not-json']);
  assert.equal(problem?.code, 'json-cut-short');
  const header = 'nonsense at first\n{"_id":1}\nnonsense\nnonsense\n';
  writeFileSync(path, header);
  const later = await readContacts(folder);
  assert.deepEqual([later.found.length, later.unreadable.length, later.problem], [1, 3, undefined]);
  const other = 'name,email\nAna,ana@x.com\n';
  writeFileSync(path, other);
  const csv = await readContacts(folder);
  assert.deepEqual(
    [csv.problem?.code, csv.unreadable],
    ['not-json', []],
    'a file that is not an export is reported once, not line by line',
  );
  writeFileSync(path, Buffer.from(`\ufeff${other}`, 'utf16le'));
  assert.equal((await readContacts(folder)).problem?.code, 'not-json');
});

const idsIn = async (folder: string, text: string | Buffer) => {
  writeFileSync(join(folder, 'contacts.json'), text);
  const { found, unreadable, problem } = await readContacts(folder);
  return { ids: found.map(({ document }) => document._id), unreadable: unreadable.length, problem: problem?.code };
};

test('reads one array of documents, as written by mongoexport --jsonArray', async (t) => {
  const folder = temporaryFolder(t);
  const fine = { ids: [1, 2], unreadable: 0, problem: undefined };
  assert.deepEqual(await idsIn(folder, '[{"_id":1},\n{"_id":2}]'), fine);
  assert.deepEqual(
    await idsIn(folder, '\ufeff [\r\n{"_id":1,"name":"a ] } \\" ["} , {"_id":2,"tags":[["x"]]}\n]\n'),
    fine,
  );
  assert.deepEqual(await idsIn(folder, '[]'), { ...fine, ids: [] });
  assert.deepEqual(await idsIn(folder, '[{"_id":1},{oops},17,{"_id":2}]'), { ...fine, unreadable: 2 });
  assert.deepEqual(await idsIn(folder, '[{"_id":1},{"_id":2,'), { ...fine, ids: [1], problem: 'json-cut-short' });
});

test('reads lines with commas between them, as if they were from an array', async (t) => {
  const folder = temporaryFolder(t);
  const fine = { ids: [1, 2, 3], unreadable: 0, problem: undefined };
  for (const text of [
    '{"_id":1},\n{"_id":2},\n{"_id":3}\n',
    '{"_id":1} , \r\n{"_id":2},\r\n{"_id":3},',
    '{"_id":1}\n,{"_id":2}\n, {"_id":3}\n,\n',
  ])
    assert.deepEqual(await idsIn(folder, text), fine, text);
  const hashes = async (text: string) => {
    writeFileSync(join(folder, 'contacts.json'), text);
    return (await readContacts(folder)).found.map(contentHashOf);
  };
  assert.deepEqual(await hashes('{"_id":1},\n{"_id":2},\n'), await hashes('{"_id":1}\n{"_id":2}\n'));
});

test('reads exports in UTF-16, as PowerShell writes them, with every chunk of the file cut anywhere', async (t) => {
  const folder = temporaryFolder(t);
  const many = Array.from({ length: 20_000 }, (_, _id) => ({ _id, name: `Zoë 🏠 "${'x'.repeat(_id % 7)}"` }));
  const forms = {
    lines: many.map((one) => `${JSON.stringify(one)}\r\n`).join(''),
    array: JSON.stringify(many),
    pretty: many.map((one) => JSON.stringify(one, null, 2)).join('\n'),
  };
  for (const text of Object.values(forms)) {
    const [withMark, without] = [`\ufeff${text}`, text].map((one) => Buffer.from(one, 'utf16le'));
    for (const bytes of [withMark!, without!, Buffer.from(withMark!).swap16()]) {
      writeFileSync(join(folder, 'contacts.json'), bytes);
      const { found, unreadable, problem } = await readContacts(folder);
      assert.deepEqual([unreadable, problem], [[], undefined]);
      assert.deepEqual(
        found.map(({ document }) => document),
        many,
      );
    }
  }
  writeFileSync(join(folder, 'contacts.json'), Buffer.from('\ufeff{"_id":1}\n{"_id":2', 'utf16le').subarray(0, -1));
  const { found, problem } = await readContacts(folder);
  assert.deepEqual([found.length, problem?.code], [1, 'json-cut-short']);
});

test('reads documents over several lines, as written by mongoexport --pretty', async (t) => {
  const folder = temporaryFolder(t);
  const pretty = [1, 2].map((_id) => JSON.stringify({ _id, address: { city: 'Boca Raton' } }, null, 2)).join('\n');
  assert.deepEqual(await idsIn(folder, pretty), { ids: [1, 2], unreadable: 0, problem: undefined });
});

test('reads an array that is longer than one chunk of the file', async (t) => {
  const folder = temporaryFolder(t);
  const many = Array.from({ length: 5_000 }, (_, _id) => ({ _id, name: `Zoë "${'x'.repeat(_id % 97)}"` }));
  const { ids, unreadable } = await idsIn(folder, JSON.stringify(many));
  assert.deepEqual([ids, unreadable], [many.map(({ _id }) => _id), 0]);
});

test('rejects a folder without anything to import', async (t) => {
  const folder = temporaryFolder(t);
  assert.equal(await refused(join(folder, 'nowhere')), 'dump-missing');
  assert.equal(await refused(folder), 'dump-empty');
  mkdirSync(join(folder, 'shop'));
  writeFileSync(join(folder, 'shop', 'orders.bson'), bsonOf([{ _id: 1 }]));
  assert.equal(await refused(folder), 'dump-unknown');
  writeFileSync(join(folder, 'archive'), 'x');
  assert.equal(await refused(join(folder, 'archive')), 'dump-not-a-folder');
  const two = temporaryFolder(t);
  for (const name of ['one', 'two']) {
    mkdirSync(join(two, name));
    writeFileSync(join(two, name, 'contacts.bson'), bsonOf([{ _id: 1 }]));
  }
  assert.equal(await refused(two), 'dump-ambiguous');
});

test('rejects a folder without permission to read it', {
  skip: process.getuid?.() === 0 && 'root may read everything: run as another user',
}, async (t) => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0);
  t.after(() => chmodSync(folder, 0o700));
  assert.equal(await refused(folder), 'dump-unreadable');
});

test('ignores unknown collections and a second file for a known one, with a note', async (t) => {
  const folder = writeDump(t, { contacts: documents.slice(0, 1) });
  writeFileSync(join(folder, 'legacy', 'orders.bson'), bsonOf([{ _id: 1 }]));
  writeFileSync(join(folder, 'legacy', 'contacts.json'), '{"_id":1}');
  writeFileSync(join(folder, 'legacy', 'prelude.json.gz'), gzipSync('{}'));
  const { collections, notes } = await openDump(folder);
  assert.deepEqual(
    collections.map(({ name }) => name),
    ['contacts'],
  );
  assert.ok(notes.some((note) => note.includes('orders')));
  assert.ok(notes.some((note) => note.includes('contacts.json')));
  assert.ok(!notes.some((note) => note.includes('prelude')));
});

suite('notes on parts of a dump that are not read', () => {
  const notesOf = async (folder: string) => (await openDump(folder)).notes.join('\n');
  const place = (folder: string) => join(folder, readdirSync(folder)[0]!);

  test('mention an oplog with entries, in the folder of the dump or of the database', async (t) => {
    for (const at of ['dump', 'database']) {
      const folder = writeDump(t, { contacts: documents.slice(0, 1) });
      const database = place(folder);
      const oplog = join(at === 'dump' ? folder : database, 'oplog.bson');
      writeFileSync(oplog, '');
      assert.doesNotMatch(await notesOf(folder), /oplog/);
      writeFileSync(oplog, bsonOf([{ op: 'i' }]));
      assert.match(await notesOf(folder), /oplog\.bson contains changes.*not imported/);
    }
  });

  test('mention a view, and a collection without its documents', async (t) => {
    const folder = writeDump(t, { contacts: documents.slice(0, 1) });
    writeFileSync(join(place(folder), 'properties.metadata.json'), '{"options":{"viewOn":"homes"},"type":"view"}');
    writeFileSync(join(place(folder), 'users.metadata.json.gz'), gzipSync('{"indexes":[]}'));
    const notes = await notesOf(folder);
    assert.match(notes, /properties is a view/);
    assert.match(notes, /users: users\.metadata\.json\.gz exists, but the file with its documents is missing/);
  });

  test('mention other files and other databases', async (t) => {
    const folder = writeDump(t, { contacts: documents.slice(0, 1) });
    writeFileSync(join(place(folder), 'leads.csv'), 'a,b');
    mkdirSync(join(folder, 'shop'));
    writeFileSync(join(folder, 'shop', 'orders.bson'), bsonOf([{ _id: 1 }]));
    const notes = await notesOf(folder);
    assert.match(notes, /not part of a dump: leads\.csv/);
    assert.match(notes, /not a database of the old CRM: shop/);
  });

  test('mention links that lead nowhere and folders with the name of a file, and follow the other links', async (t) => {
    const folder = writeDump(t, { contacts: documents.slice(0, 3) });
    const elsewhere = join(temporaryFolder(t), 'kept.bson');
    renameSync(join(place(folder), 'contacts.bson'), elsewhere);
    symlinkSync(elsewhere, join(place(folder), 'contacts.bson'));
    symlinkSync('/nowhere/users.bson', join(place(folder), 'users.bson'));
    mkdirSync(join(place(folder), 'properties.bson'));
    const notes = await notesOf(folder);
    assert.match(notes, /a broken link: users\.bson/);
    assert.match(notes, /not a file: properties\.bson/);
    assert.equal((await readContacts(folder)).found.length, 3);
  });

  test("do not mention mongodump's own files", async (t) => {
    const folder = writeDump(t, { contacts: documents.slice(0, 1) });
    writeFileSync(join(place(folder), 'contacts.metadata.json'), '{"indexes":[]}');
    writeFileSync(join(folder, 'prelude.json'), '{}');
    writeFileSync(join(place(folder), 'system.views.bson'), '');
    assert.doesNotMatch(await notesOf(folder), /ignored|metadata|view/);
  });
});
