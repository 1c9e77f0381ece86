import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { correct, rehearse } from '../../commands/corrections/correct.ts';
import { correctFile, type RowReport } from '../../commands/corrections/correct-file.ts';
import type { CorrectableName } from '../../commands/corrections/correction-values.ts';
import type { CommandContext } from '../../commands/execute.ts';
import { findKeys } from '../../history/find-record.ts';
import { readHistory } from '../../history/read-history.ts';
import { isUserError } from '../../platform/errors.ts';
import { openWorld, type World } from './support.ts';

let world: World;
let folder: string;
const listing = { listingId: 'RX-1', standardStatus: 'Active', listPrice: 525_000, city: 'Boca Raton' } as const;
const enter = (key: string, fields: object) => ({ type: 'RecordListing', listingKey: key, fields }) as const;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), `openhouse-test-${process.pid}-`));
  world = await openWorld();
  await world.tell('listing', 'l1', enter('l1', listing));
  await world.tell('listing', 'l2', enter('l2', { ...listing, listingId: 'RX-2' }));
  await world.tell('lead', 'c1', { type: 'RecordLead', contactKey: 'c1', fields: { email: 'maria@example.com' } });
  await world.tell('lead', 'c2', { type: 'RecordLead', contactKey: 'c2', fields: { email: 'ana@example.com' } });
  const agent = (key: string, fields: object) =>
    world.tell('agent', key, { type: 'RecordAgent', memberKey: key, fields: fields as never });
  await agent('a1', { memberFullName: 'Frantz Pierre', memberEmail: 'frantz@example.com' });
  await agent('a2', { memberFullName: 'Ann Smith', memberEmail: 'ann@example.com' });
  await agent('a3', { memberFullName: 'Ann Smith', memberEmail: 'ann.smith@example.com' });
  const unclear = { field: 'criteria', code: 'criterion-unclear', found: '{"city":{"$regex":"^boca"}}' };
  for (const savedSearchKey of ['s1', 's2']) {
    await world.tell('savedSearch', savedSearchKey, {
      type: 'RecordSavedSearch',
      savedSearchKey,
      fields: { contactKey: 'c1', criteria: { listPriceMax: 900_000 } },
      holdReasons: [unclear],
    });
  }
  await world.catchUp();
});
after(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

let conversations = 0;
const asked = (): CommandContext => {
  const id = `correction-${++conversations}`;
  return {
    actor: { kind: 'person', id: 'mlopez' },
    source: 'cli',
    occurredAt: '2026-04-01T12:00:00.000Z',
    correlationId: id,
    causationId: id,
    reason: 'Typed one digit wrong',
  };
};
const eventsOf = async (name: 'listing' | 'lead', key: string) => {
  const entries = [];
  for await (const { entry } of readHistory(world.store, name, key)) entries.push(entry);
  return entries;
};

suite('a correction', () => {
  test('appends one event with actor and reason, and returns its position', async () => {
    const result = await correct(world.store, 'listing', 'l1', { listPrice: 52_500, yearBuilt: 1987 }, asked());
    assert.ok(result.outcome === 'done');
    assert.deepEqual(result.changes, [
      { field: 'listPrice', before: 525_000, after: 52_500 },
      { field: 'yearBuilt', before: null, after: 1987 },
    ]);
    const entries = await eventsOf('listing', 'l1');
    assert.equal(entries.length, 2);
    assert.equal(entries[0]!.eventType, 'ListingEntered');
    const { actor, reason, eventType, entityEventSequence } = entries[1]!;
    assert.deepEqual(
      { actor, reason, eventType, entityEventSequence },
      {
        actor: { kind: 'person', id: 'mlopez' },
        reason: 'Typed one digit wrong',
        eventType: 'ListingDetailsCorrected',
        entityEventSequence: result.position.commit.toString(),
      },
    );
    await correct(world.store, 'listing', 'l1', { listPrice: 525_000, yearBuilt: null }, asked());
  });

  test('records nothing when the value is already correct', async () => {
    const before = (await eventsOf('listing', 'l1')).length;
    assert.deepEqual(await correct(world.store, 'listing', 'l1', { city: 'Boca Raton' }, asked()), {
      outcome: 'unchanged',
    });
    assert.equal((await eventsOf('listing', 'l1')).length, before);
  });

  test('is refused when a required field would be cleared or the record does not exist', async () => {
    const status = await correct(world.store, 'listing', 'l1', { standardStatus: null }, asked());
    assert.ok(status.outcome === 'refused' && status.rejection.code === 'status-required');
    const unknown = await correct(world.store, 'lead', 'nobody', { firstName: 'M' }, asked());
    assert.ok(unknown.outcome === 'refused' && unknown.rejection.code === 'lead-unknown');
  });

  test('lifts the hold of a saved search, even when it only confirms what was understood', async () => {
    const result = await correct(world.store, 'savedSearch', 's1', { criteria: { listPriceMax: 900_000 } }, asked());
    assert.ok(result.outcome === 'done');
    assert.deepEqual(
      result.changes.map(({ field, after }) => [field, after]),
      [['holdReasons', []]],
    );
  });

  test('gives the same answer in a dry run, and records nothing', async () => {
    const before = (await eventsOf('listing', 'l1')).length;
    assert.deepEqual(await rehearse(world.store, 'listing', 'l1', { city: 'Delray Beach' }), {
      outcome: 'would-do',
      changes: [{ field: 'city', before: 'Boca Raton', after: 'Delray Beach' }],
    });
    assert.deepEqual(await rehearse(world.store, 'listing', 'l1', { city: 'Boca Raton' }), { outcome: 'unchanged' });
    assert.equal((await eventsOf('listing', 'l1')).length, before);
  });
});

const run = async (csv: string | Buffer, dryRun = false): Promise<RowReport[]> => {
  const path = join(folder, 'fixes.csv');
  await writeFile(path, csv);
  const { reason: _, ...context } = asked();
  const reports = [];
  for await (const report of correctFile(world.store, {
    path,
    context,
    dryRun,
    findKeys: (type, ids) => findKeys(world.db, type, ids),
  })) {
    reports.push(report);
  }
  return reports;
};
const outcomes = (reports: readonly RowReport[]) =>
  reports.map((report) => (report.outcome === 'refused' ? report.rejection.code : report.outcome));

suite('a file of corrections', () => {
  const csv = `\uFEFFType,id,field,value,because,remark
listing,RX-2,listPrice,"$499,000",Typed wrong,ignored
listing,rx-2,features,"Pool,Dock",From the brochure
listing,RX-2,city,Boca Raton,Same as before
lead,maria@example.com,leadStage,Hot,Talked to her
lead,maria@example.com,email,,She has none
lead,maria@example.com,mobilePhone,(561) 655-0134,She called
lead,maria@example.com,email,,She has none
house,RX-2,city,X,Why not
listing,RX-404,city,X,Why not
listing,RX-2,bedrooms,3,Counted
listing,RX-2,bedroomsTotal,three,Counted
listing,RX-2,listPrice,510000,Somebody else counted
listing,RX-2,unitNumber,4

listing,l2,unitNumber,5,By key
`;
  const expected = [
    'done',
    'done',
    'unchanged',
    'done',
    'contact-required',
    'done',
    'done',
    'type',
    'record-unknown',
    'value',
    'value',
    'contradiction',
    'columns',
    'done',
  ];

  test('a row corrects a saved search by its name on the command line', async () => {
    const rows = await run(
      'type,id,field,value,because\nsaved-search,s2,criteria,"{""cities"":[""Boca Raton""]}",Asked her\n',
    );
    assert.deepEqual(
      rows.map(({ outcome }) => outcome),
      ['done'],
    );
  });

  test('shows before and after of each row in a dry run, and records nothing', async () => {
    const reports = await run(csv, true);
    assert.deepEqual(
      outcomes(reports),
      expected.map((outcome) => (outcome === 'done' ? 'would-do' : outcome)),
    );
    assert.deepEqual(reports[0], {
      row: 2,
      type: 'listing',
      id: 'RX-2',
      field: 'listPrice',
      key: 'l2',
      outcome: 'would-do',
      changes: [{ field: 'listPrice', before: 525_000, after: 499_000 }],
    });
    assert.equal((await eventsOf('listing', 'l2')).length, 1);
    assert.equal((await eventsOf('lead', 'c1')).length, 1);
  });

  test('corrects every valid row, and reports the line and reason of the others', async () => {
    const reports = await run(csv);
    assert.deepEqual(outcomes(reports), expected);
    assert.deepEqual(
      reports.map(({ row }) => row),
      [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16],
    );
    const contradiction = reports.find(
      (report) => report.outcome === 'refused' && report.rejection.code === 'contradiction',
    );
    assert.match(contradiction?.outcome === 'refused' ? contradiction.rejection.message : '', /line 2/);
    const lead = (await eventsOf('lead', 'c1')).slice(1);
    assert.deepEqual(
      lead.map(({ reason }) => reason),
      ['Talked to her', 'She called', 'She has none'],
    );
  });

  test('changes nothing when run again', async () => {
    const before = (await eventsOf('listing', 'l2')).length + (await eventsOf('lead', 'c1')).length;
    await world.catchUp();
    // She is found by her key now: her address is gone.
    const reports = await run(csv.replaceAll('maria@example.com', 'c1'));
    assert.ok(reports.every((report) => report.outcome === 'unchanged' || report.outcome === 'refused'));
    assert.equal((await eventsOf('listing', 'l2')).length + (await eventsOf('lead', 'c1')).length, before);
  });

  test('reports a missing file, a missing column or invalid CSV, and keeps what was done before', async () => {
    await assert.rejects(
      run('type,id,field,value\n'),
      (error) => isUserError(error) && /no column because/.test(error.message),
    );
    await assert.rejects(run(''), (error) => isUserError(error) && /is empty/.test(error.message));
    await assert.rejects(
      run('type,id,field,value,because,value\n'),
      (error) => isUserError(error) && /column value twice/.test(error.message),
    );
    await assert.rejects(
      run('type,id,field,value,because\nlisting,RX-1,unitNumber,7,Looked it up\nlisting,"RX-2,city'),
      (error) => isUserError(error) && /not valid CSV.*line 3/.test(error.message),
    );
    assert.equal((await eventsOf('listing', 'l1')).at(-1)!.changes[0]?.newValue, '7');
  });
});

suite('a row with the wrong number of columns', () => {
  const header = 'type,id,field,value,because';
  const refusedRow = async (csv: string | Buffer) => {
    const before = (await eventsOf('listing', 'l1')).length;
    const [report] = await run(csv);
    assert.equal((await eventsOf('listing', 'l1')).length, before);
    assert.equal(report?.outcome, 'refused');
    return report.outcome === 'refused' ? report.rejection : undefined;
  };

  test('is refused when a comma is not quoted', async () => {
    const rejection = await refusedRow(`${header}\nlisting,RX-1,listPrice,$525,000,Typo\n`);
    assert.deepEqual(rejection, {
      code: 'columns',
      message: 'the row has 6 values for 5 columns: put a value that contains a comma in double quotes',
    });
  });

  test('is refused when a further column takes the value that is too many', async () => {
    const rejection = await refusedRow(`${header},remark\nlisting,RX-1,listPrice,$525,000,Typo\n`);
    assert.equal(rejection?.code, 'because');
    assert.match(rejection?.message ?? '', /"000".*comma/);
  });

  test('is refused when the value is missing, instead of emptying the field', async () => {
    const rejection = await refusedRow('type,id,field,because,value\nlisting,RX-1,city,Typo\n');
    assert.deepEqual(rejection, { code: 'columns', message: 'the row has 4 values for 5 columns' });
  });
});

suite('a file in another encoding', () => {
  const refused = async (bytes: Buffer, line: number) => {
    await assert.rejects(run(bytes), (error) => {
      assert.ok(isUserError(error));
      assert.equal(error.code, 'corrections-file-encoding');
      assert.match(error.message, new RegExp(`line ${line}$`));
      return true;
    });
  };
  const rows = 'type,id,field,value,because\nlisting,RX-1,unitNumber,11,Saw it\nlead,c1,firstName,José,She said so\n';

  test('Windows-1252 is refused with the line, before the rows above it are corrected', async () => {
    const before = (await eventsOf('listing', 'l1')).length;
    await refused(Buffer.from(rows, 'latin1'), 3);
    assert.equal((await eventsOf('listing', 'l1')).length, before);
  });

  test('UTF-16 is refused', async () => {
    await refused(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(rows, 'utf16le')]), 1);
  });

  test('a character that is cut off at the end is refused', async () => {
    await refused(Buffer.from(rows).subarray(0, Buffer.from(rows).indexOf(0xc3) + 1), 3);
  });

  test('a bad byte after many chunks is found in its line', async () => {
    const many = 'listing,RX-404,city,Café,Saw it\n'.repeat(10_000);
    await refused(
      Buffer.concat([Buffer.from(`type,id,field,value,because\n${many}`), Buffer.from([0xe9, 0x0a])]),
      10_002,
    );
  });
});

suite('a correction that refers to an agent', () => {
  const row = (value: string) => `type,id,field,value,because\nlead,c1,ownerMemberKey,${value},She asked for him\n`;

  test('takes the name, the e-mail address or the key', async () => {
    for (const value of ['frantz pierre', 'Frantz@Example.com', 'a1']) {
      const [report] = await run(row(value), true);
      assert.deepEqual(report?.outcome === 'would-do' && report.changes, [
        { field: 'ownerMemberKey', before: null, after: 'a1' },
      ]);
    }
  });

  test('is refused when there is no such agent', async () => {
    const [report] = await run(row('Nobody Known'));
    assert.deepEqual(report?.outcome === 'refused' && report.rejection, {
      code: 'value',
      message: 'ownerMemberKey: there is no agent "Nobody Known"',
    });
  });

  test('is refused when several agents have the name', async () => {
    const [report] = await run(row('Ann Smith'));
    assert.match(report?.outcome === 'refused' ? report.rejection.message : '', /means 2 records: a2, a3/);
  });
});

suite('unknown columns', () => {
  test('are listed in a note, and the rest is read', async () => {
    const notes: string[] = [];
    const path = join(folder, 'columns.csv');
    await writeFile(path, 'type,id,field,value,because,Remark\nlisting,RX-404,city,X,Saw it,hm\n');
    const { reason: _, ...context } = asked();
    const find = (type: CorrectableName, ids: readonly string[]) => findKeys(world.db, type, ids);
    const options = { path, context, findKeys: find, onNote: (note: string) => void notes.push(note) };
    for await (const report of correctFile(world.store, options)) assert.equal(report.outcome, 'refused');
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /ignored unknown columns: Remark$/);
  });
});

suite('on the command line', () => {
  const openhouse = (...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const bin = fileURLToPath(new URL('../../bin/openhouse', import.meta.url));
      const env = {
        ...process.env,
        DATABASE_URL: world.databaseUrl,
        EVENTSTORE_URL: world.eventStoreUrl,
        NODE_TEST_CONTEXT: undefined,
      };
      execFile(process.execPath, [bin, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });

  test('correct, then history: who, why, before and after', async () => {
    const done = await openhouse(
      'correct',
      'lead',
      'ana@example.com',
      'firstName=Ana',
      'tags=vip,cash',
      '--because',
      'She said so',
      '--json',
    );
    assert.equal(done.code, 0, done.stderr);
    const result = JSON.parse(done.stdout) as { outcome: string; key: string; position: { commit: string } };
    assert.deepEqual([result.outcome, result.key], ['done', 'c2']);

    const shown = await openhouse('history', 'lead', 'c2');
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /Lead details corrected/);
    assert.match(shown.stdout, new RegExp(`by person ${userInfo().username}, from cli`));
    assert.match(shown.stdout, /because: She said so/);
    assert.match(shown.stdout, /Tags +vip, cash/);
    assert.ok(!shown.stdout.includes('\u001b'), 'no colours in a pipe');

    const json = JSON.parse((await openhouse('history', 'lead', 'c2', '--json')).stdout) as {
      entries: { entityEventSequence: string; changes: { fieldName: string }[] }[];
    };
    assert.equal(json.entries.at(-1)!.entityEventSequence, result.position.commit);

    const one = await openhouse('history', 'lead', 'c2', '--field', 'tags');
    assert.match(one.stdout, /Tags +vip, cash/);
    assert.doesNotMatch(one.stdout, /First name|Lead captured/);

    const before = await openhouse('history', 'lead', 'c2', '--at', '2020-01-01');
    assert.match(before.stdout, /did not exist yet/);
    const now = JSON.parse((await openhouse('history', 'lead', 'c2', '--at', '2999-12-31', '--json')).stdout) as {
      fields: Record<string, unknown>;
    };
    assert.deepEqual(now.fields.tags, ['vip', 'cash']);
  });

  test('records an owner given by name by key, and refuses one who does not exist', async () => {
    const named = await openhouse(
      'correct',
      'lead',
      'c2',
      'ownerMemberKey=Frantz Pierre',
      '--because',
      'y',
      '--dry-run',
      '--json',
    );
    assert.equal(named.code, 0, named.stderr);
    assert.deepEqual((JSON.parse(named.stdout) as { changes: unknown }).changes, [
      { field: 'ownerMemberKey', before: null, after: 'a1' },
    ]);
    const unknown = await openhouse('correct', 'lead', 'c2', 'ownerMemberKey=Nobody Known', '--because', 'y');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /there is no agent "Nobody Known"/);
  });

  test('reports an unknown field in a history, and suggests similar ones', async () => {
    const asked = await openhouse('history', 'listing', 'l1', '--field', 'price');
    assert.equal(asked.code, 2);
    assert.match(asked.stderr, /listing has no field "price": did you mean listPrice/);
  });

  test('reports errors with what to do, and records nothing', async () => {
    const events = (await eventsOf('listing', 'l1')).length;
    const usage = await openhouse('correct', 'listing', 'RX-1', 'listPrice=1');
    assert.deepEqual([usage.code, /--because/.test(usage.stderr)], [2, true]);
    const values = await openhouse('correct', 'listing', 'RX-1', 'listPrice=x', 'beds=2', '--because', 'y');
    assert.equal(values.code, 2);
    assert.match(values.stderr, /listPrice cannot be "x".*beds/s);
    const unknown = await openhouse('correct', 'listing', 'RX-404', 'city=X', '--because', 'y');
    assert.match(unknown.stderr, /no listing "RX-404"/);
    const refused = await openhouse('correct', 'listing', 'RX-1', 'standardStatus=', '--because', 'y');
    assert.deepEqual([refused.code, /must keep a status/.test(refused.stderr)], [1, true]);
    assert.equal((await eventsOf('listing', 'l1')).length, events);
  });

  test('a file with bad rows exits with 3 and reports each row', async () => {
    const path = join(folder, 'cli.csv');
    await writeFile(
      path,
      'type,id,field,value,because\nlisting,RX-1,unitNumber,9,Saw it\nlisting,RX-404,city,X,Saw it\n',
    );
    const dry = await openhouse('correct', '--file', path, '--dry-run');
    assert.equal(dry.code, 3, dry.stderr);
    assert.match(dry.stdout, /line 2: listing RX-1 {2}would change Unit number: \S+ → 9/);
    const real = await openhouse('correct', '--file', path, '--json', '--as', 'mlopez');
    assert.equal(real.code, 3);
    const { done, refused } = JSON.parse(real.stdout) as { done: number; refused: number };
    assert.deepEqual([done, refused], [1, 1]);
    const missing = await openhouse('correct', '--file', join(folder, 'nowhere.csv'));
    assert.notEqual(missing.code, 0);
    assert.match(missing.stderr, /nowhere\.csv/);
    assert.doesNotMatch(missing.stderr, /unexpected/);
  });
});
