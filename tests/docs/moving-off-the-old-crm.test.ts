import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { BSON } from 'mongodb-legacy';
import { openConflicts } from '../../importers/differences/conflicts.ts';
import { loadMapping } from '../../importers/mappings/load-mapping.ts';
import { followMongo } from '../../importers/mongo/following/follow.ts';
import { writeBack } from '../../importers/owned/write-back.ts';
import { systemClock } from '../../platform/clock.ts';
import { readQuarantine } from '../../queries/importing/quarantine.ts';
import { writeSample } from '../../samples/generator/write-sample.ts';
import { testImporter } from '../importers/support/importer.ts';
import { filesOf, readCollection } from '../sample/read-dump.ts';
import { projectFolder } from '../support/command.ts';
import { sharedMongo, withMongo } from '../support/mongo-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { commandRunner, commandsOf, type Done, words } from './documented-commands.ts';

/** What the commands print with `--json`, so far as it is looked at here. */
type Result = {
  readonly events: number;
  readonly problems: readonly unknown[];
  readonly counts: readonly { readonly code: string }[];
  readonly entries: readonly unknown[];
  readonly code: string;
  readonly resolved: boolean;
  readonly dismissed: number;
  readonly done: boolean;
  readonly records: readonly unknown[];
  readonly conflicts: readonly unknown[];
  readonly count: number;
  readonly seen: string;
  readonly selected: number;
  readonly decided: number;
  readonly misfits: readonly { readonly recordType: string; readonly code: string }[];
  readonly fields: Readonly<Record<string, { readonly legacy: unknown }>>;
  readonly types: readonly {
    readonly records: number;
    readonly same: number;
    readonly repairs: readonly unknown[];
    readonly owner: string;
  }[];
};

/** One command of the document: what happens before it, and what it must show. */
type Step = {
  readonly before?: () => Promise<unknown>;
  readonly exit?: number;
  readonly shows?: (result: Result) => void | Promise<void>;
};

test('the commands in “Moving off the old CRM” work as the document says, in its order', withMongo, async (t) => {
  const page = await readFile(join(projectFolder, 'docs/moving-off-the-old-crm.md'), 'utf8');
  const folder = temporaryFolder(t);
  const sample = join(folder, 'dump');
  await writeSample({ folder: sample, listings: 60, contacts: 60, agents: 8, seed: 'openhouse', dirt: 0 });
  const mongo = await sharedMongo();
  const crm = mongo.client.db();
  for (const file of (await filesOf(sample)).filter((name) => /\.bson(\.gz)?$/.test(name))) {
    const name = file.replace(/\.bson.*$/, '');
    const documents = [];
    for await (const { bytes } of readCollection(sample, name))
      documents.push(BSON.deserialize(bytes, { promoteValues: false }));
    await crm.collection(name).insertMany(documents);
  }
  const world = await testImporter(t);
  const { db, store } = world;
  const deps = { db, store, clock: systemClock };

  /** What the document's placeholders stand for here. Numbers are filled in when they are known. */
  const placeholders: Record<string, string> = {
    '/backups/dump': sample,
    'dump.html': join(folder, 'dump.html'),
    'quality.html': join(folder, 'quality.html'),
    'our-crm.yaml': join(folder, 'our-crm.yaml'),
    'mongodb://openhouse:…@crm.example.com:27017/legacy?authSource=legacy': mongo.url,
    '12': 'a contact without an address, in quarantine',
    '13': 'another one',
    '1': 'a conflict',
    '2': 'another one',
  };
  const environment: Record<string, string> = {};

  const run = commandRunner<Result>(world, folder, environment);

  /** Ctrl-C, once following has looked for changes; that may interrupt it, or end its wait for the next look. */
  const runUntilFollowed = async (args: readonly string[]): Promise<Done<Result>> => {
    const stop = new AbortController();
    const running = run(args, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
      return { code: 0, result: {} as Result };
    });
    const followed = until('following to look for changes', async () => {
      const { rows } = await sql`
        select from ops.job_run where job = 'follow-legacy' and result = 'succeeded'`.execute(db);
      return rows.length > 0;
    });
    await Promise.race([followed, running]);
    stop.abort(new Error('stopped by SIGINT'));
    return await running;
  };

  const mapping = async () => await loadMapping(placeholders['our-crm.yaml']);
  const write = async () => await writeBack(deps, mongo.url, { mapping: await mapping() });
  const follow = async () => await followMongo(deps, mongo.url, { mapping: await mapping(), patienceMs: 10_000 });
  const said = async () => JSON.stringify((await world.events()).map(({ event }) => event.data));
  const now = () => new Date();
  const entryOf = async (search: string) => (await readQuarantine(db, { search }, 1))[0]!.quarantineId;
  /** Three agents, each with a telephone number. */
  const agents = async () =>
    await crm
      .collection('users')
      .find({ phone: { $type: 2 }, email: { $type: 2 } })
      .sort({ _id: 1 })
      .limit(3)
      .toArray();
  const phoneOf = async (nth: number) =>
    String((await agents())[nth]!.phone)
      .replaceAll(/\D/g, '')
      .slice(-10);

  const steps: Record<string, Step> = {
    'bin/openhouse import inspect /backups/dump --html dump.html': {},
    'bin/openhouse import inspect /backups/dump --propose our-crm.yaml': {},
    'bin/openhouse import inspect /backups/dump --mapping our-crm.yaml': {},
    'bin/openhouse import /backups/dump --mapping our-crm.yaml': {
      shows: ({ events, problems }) => assert.ok(events > 100 && problems.length === 0),
    },
    'bin/openhouse import remap listings --mapping our-crm.yaml --dry-run': {},
    'bin/openhouse import remap listings --mapping our-crm.yaml': {},
    "export MONGO_URL='mongodb://openhouse:…@crm.example.com:27017/legacy?authSource=legacy'": {},
    'export OPENHOUSE_MAPPING=our-crm.yaml': {},
    'openhouse import': { shows: ({ events }) => assert.equal(events, 0) },
    'openhouse import --follow': {
      before: async () => {
        await crm
          .collection('properties')
          .updateOne({ status: 'Active' }, { $set: { price: 1_234_500, updatedAt: now() } });
        await crm.collection('properties').insertOne({
          mlsId: 'RX-10999999',
          status: 'Chez nous',
          price: 450_000,
          address: '123 Main St, Boca Raton, FL 33432',
          updatedAt: now(),
        });
        await crm
          .collection('contacts')
          .insertMany(['nobody-12', 'nobody-13'].map((email) => ({ name: 'Ana Buyer', email, updatedAt: now() })));
      },
      shows: async () => {
        assert.match(await said(), /"listPrice":1234500/);
        placeholders['12'] = await entryOf('nobody-12');
        placeholders['13'] = await entryOf('nobody-13');
      },
    },
    'bin/openhouse import report --html quality.html': {},
    'bin/openhouse quarantine list --reasons': {
      shows: ({ counts }) => assert.ok(counts.some(({ code }) => code === 'status-unreadable')),
    },
    'bin/openhouse quarantine list --search RX-10': {
      shows: ({ entries }) => {
        const entry = (entries as { path: string; value: string | null }[]).find((one) =>
          JSON.stringify(one).includes('RX-10999999'),
        );
        assert.equal(entry?.value, 'Chez nous');
      },
    },
    'bin/openhouse quarantine show 12': { shows: ({ code }) => assert.equal(code, 'contact-missing') },
    'bin/openhouse quarantine retry --code status-unreadable --mapping our-crm.yaml --dry-run': {
      before: async () => {
        const file = placeholders['our-crm.yaml']!;
        const corrected = (await readFile(file, 'utf8')).replace(
          /(standardStatus:) (\S+|\[.*?\])(?= #)/,
          '$1 { from: $2, words: { Chez nous: Active } }',
        );
        await writeFile(file, corrected);
      },
      shows: async () => assert.doesNotMatch(await said(), /RX-10999999/),
    },
    'bin/openhouse quarantine retry --code status-unreadable --mapping our-crm.yaml': {
      shows: async () => assert.match(await said(), /RX-10999999/),
    },
    'bin/openhouse quarantine edit 12 --set email=ana@example.com --because "Asked her on the phone" --dry-run': {
      shows: ({ resolved }) => assert.equal(resolved, true),
    },
    'bin/openhouse quarantine edit 12 --set email=ana@example.com --because "Asked her on the phone"': {
      shows: async ({ resolved }) => {
        assert.equal(resolved, true);
        assert.deepEqual(await readQuarantine(db, { search: 'nobody-12' }, 1), []);
      },
    },
    'bin/openhouse quarantine dismiss 13 --because "A test record"': {
      shows: ({ dismissed }) => assert.equal(dismissed, 1),
    },
    'openhouse parity agent': {
      shows: ({ types: [agent] }) => assert.ok(agent!.records > 0 && agent!.same === agent!.records),
    },
    'openhouse parity agent --repair': { shows: ({ types: [agent] }) => assert.deepEqual(agent!.repairs, []) },
    'openhouse cutover agent --dry-run': { shows: ({ done }) => assert.equal(done, false) },
    'openhouse cutover agent --because "Agents work in openhouse from today"': {
      shows: ({ done }) => assert.equal(done, true),
    },
    'openhouse write-back list': {
      before: async () => {
        const email = String((await agents())[0]!.email);
        await run(['correct', 'agent', email, 'memberMobilePhone=+15615550199', '--because', 'A new number']);
        assert.deepEqual(await write(), { written: 1, refused: 0, waiting: 0 });
        assert.equal(await phoneOf(0), '5615550199');
      },
      shows: ({ records }) => assert.deepEqual(records, []),
    },
    'openhouse ownership check': {
      // These commands run one after the other, so no process runs the jobs.
      exit: 3,
      shows: ({ misfits }) =>
        assert.deepEqual(
          misfits.map(({ recordType, code }) => [recordType, code]),
          [['agent', 'not-written']],
        ),
    },
    'openhouse conflicts list': {
      before: async () => {
        for (const [nth, phone] of [
          [1, '(561) 555-0111'],
          [2, '(561) 555-0122'],
        ] as const) {
          const { _id } = (await agents())[nth]!;
          await crm.collection('users').updateOne({ _id }, { $set: { phone, updatedAt: now() } });
          await follow();
        }
        const [one, other] = await openConflicts(db);
        Object.assign(placeholders, { '1': one!.conflictId, '2': other!.conflictId });
      },
      exit: 3,
      shows: ({ conflicts }) => assert.equal(conflicts.length, 2),
    },
    'openhouse conflicts show 1': {
      shows: ({ fields }) => assert.equal(fields.memberMobilePhone!.legacy, '+15615550111'),
    },
    'openhouse conflicts accept 1 --because "The owner called"': {
      shows: async () => assert.match(await said(), /"memberMobilePhone":"\+15615550111"/),
    },
    'openhouse conflicts refuse 2 --because "Entered in the wrong system"': {},
    'openhouse conflicts accept --type agent --reason edited --fields memberMobilePhone --dry-run': {
      before: async () => {
        assert.equal((await write()).refused, 0);
        const { _id } = (await agents())[0]!;
        await crm.collection('users').updateOne({ _id }, { $set: { phone: '(561) 555-0133', updatedAt: now() } });
        await follow();
      },
      shows: ({ count, seen }) => {
        assert.equal(count, 1);
        placeholders['4711:4711:'] = seen;
      },
    },
    'openhouse conflicts accept --type agent --reason edited --fields memberMobilePhone --seen 4711:4711: --because "Our new numbers"':
      {
        shows: async ({ selected, decided }) => {
          assert.deepEqual([selected, decided], [1, 1]);
          assert.match(await said(), /"memberMobilePhone":"\+15615550133"/);
        },
      },
    'openhouse cutover agent --back --because "Agents need the old CRM for another month"': {
      before: async () => {
        assert.equal((await write()).refused, 0);
        assert.equal(await phoneOf(1), '5615550111');
        assert.notEqual(await phoneOf(2), '5615550122');
      },
      shows: ({ done }) => assert.equal(done, true),
    },
    'openhouse ownership': {
      shows: ({ types }) => assert.deepEqual([...new Set(types.map(({ owner }) => owner))], ['legacy']),
    },
  };

  // A command that is new in the document needs a step here.
  assert.deepEqual(Object.keys(steps), commandsOf(page));
  for (const [line, { before, exit = 0, shows }] of Object.entries(steps)) {
    await before?.();
    const given = words(line).map((word) => placeholders[word] ?? word);
    if (given[0] === 'export') {
      const [name, ...value] = given[1]!.split('=');
      environment[name!] = placeholders[value.join('=')] ?? value.join('=');
      continue;
    }
    assert.match(given[0]!, /^(bin\/)?openhouse$/, line);
    const args = given.slice(1);
    const { code, result } = await (args.includes('--follow') ? runUntilFollowed(args) : run(args));
    assert.equal(code, exit, `${line}: ${JSON.stringify(result)}`);
    await shows?.(result);
  }
  for (const name of ['dump.html', 'quality.html']) assert.match(await readFile(placeholders[name]!, 'utf8'), /<html/);
});
