import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { RowReport } from '../../../commands/corrections/correct-file.ts';
import { isUserError } from '../../../platform/errors.ts';
import { useCorrections } from './support.ts';

const { aLead, aListing, anAgent, apply: run, aSearchOnHold, eventsOf } = useCorrections();

const outcomes = (reports: readonly RowReport[]) =>
  reports.map((report) => (report.outcome === 'refused' ? report.rejection.code : report.outcome));

const rejectionOf = (report: RowReport | undefined) => {
  assert.equal(report?.outcome, 'refused');
  return report.outcome === 'refused' ? report.rejection : undefined;
};

suite('a file of corrections', () => {
  const rowsFor = async () => {
    const listing = await aListing();
    const lead = await aLead();
    const csv = `\uFEFFType,id,field,value,because,remark
listing,RX-${listing},listPrice,"$499,000",Typed wrong,ignored
listing,rx-${listing},features,"Pool,Dock",From the brochure
listing,RX-${listing},city,Boca Raton,Same as before
lead,${lead}@example.com,leadStage,Hot,Talked to her
lead,${lead}@example.com,email,,She has none
lead,${lead}@example.com,mobilePhone,(561) 655-0134,She called
lead,${lead}@example.com,email,,She has none
house,RX-${listing},city,X,Why not
listing,RX-404,city,X,Why not
listing,RX-${listing},bedrooms,3,Counted
listing,RX-${listing},bedroomsTotal,three,Counted
listing,RX-${listing},listPrice,510000,Someone else counted
listing,RX-${listing},unitNumber,4

listing,${listing},unitNumber,5,By key
`;
    return { listing, lead, csv };
  };
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

  test('shows before and after of each row in a dry run, and records nothing', async () => {
    const { listing, lead, csv } = await rowsFor();
    const reports = await run(csv, { dryRun: true });
    assert.deepEqual(
      outcomes(reports),
      expected.map((outcome) => (outcome === 'done' ? 'would-do' : outcome)),
    );
    assert.deepEqual(reports[0], {
      row: 2,
      type: 'listing',
      id: `RX-${listing}`,
      field: 'listPrice',
      key: listing,
      outcome: 'would-do',
      changes: [{ field: 'listPrice', before: 525_000, after: 499_000 }],
    });
    assert.equal((await eventsOf('listing', listing)).length, 1);
    assert.equal((await eventsOf('lead', lead)).length, 1);
  });

  test('corrects every valid row, and reports the line and reason of the others', async () => {
    const { lead, csv } = await rowsFor();
    const reports = await run(csv);
    assert.deepEqual(outcomes(reports), expected);
    assert.deepEqual(
      reports.map(({ row }) => row),
      [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16],
    );
    const contradiction = reports.find(
      (report) => report.outcome === 'refused' && report.rejection.code === 'contradiction',
    );
    assert.match(rejectionOf(contradiction)?.message ?? '', /line 2/);
    assert.deepEqual(
      (await eventsOf('lead', lead)).slice(1).map(({ reason }) => reason),
      ['Talked to her', 'She called', 'She has none'],
    );
  });

  test('changes nothing when run again', async () => {
    const { listing, lead, csv } = await rowsFor();
    await run(csv);
    const count = async () => (await eventsOf('listing', listing)).length + (await eventsOf('lead', lead)).length;
    const before = await count();
    // She is found by her key now: her address is gone.
    const reports = await run(csv.replaceAll(`${lead}@example.com`, lead));
    assert.ok(reports.every((report) => report.outcome === 'unchanged' || report.outcome === 'refused'));
    assert.equal(await count(), before);
  });

  test('corrects a saved search by its name on the command line', async () => {
    const key = await aSearchOnHold();
    const reports = await run(
      `type,id,field,value,because\nsaved-search,${key},criteria,"{""cities"":[""Boca Raton""]}",Asked her\n`,
    );
    assert.deepEqual(outcomes(reports), ['done']);
  });

  test('lists unknown columns in a note, and reads the rest', async () => {
    const notes: string[] = [];
    const csv = 'type,id,field,value,because,Remark\nlisting,RX-404,city,X,Saw it,hm\n';
    const reports = await run(csv, { onNote: (note: string) => void notes.push(note) });
    assert.deepEqual(outcomes(reports), ['record-unknown']);
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /ignored unknown columns: Remark$/);
  });
});

suite("rows about a listing's place", () => {
  const header = 'type,id,field,value,because\n';
  const home = {
    ...{ unparsedAddress: '125 Oak Ave, Boca Raton, FL 33432', streetNumber: '125', streetName: 'Oak Ave' },
    ...{ stateOrProvince: 'FL', postalCode: '33432', latitude: 26.35, longitude: -80.08 },
  };

  test('that are consecutive are one correction, and change nothing when run again', async () => {
    const key = await aListing(home);
    const row = (field: string, value: string | number) => `listing,RX-${key},${field},"${value}",It moved\n`;
    const csv =
      header +
      row('latitude', 30.27) +
      row('longitude', -97.74) +
      row('unparsedAddress', '7 Pecan St, Austin, TX 78701') +
      row('city', 'Austin') +
      row('listPrice', 510_000);
    assert.deepEqual(outcomes(await run(csv)), ['done', 'done', 'done', 'done', 'done']);
    assert.equal((await eventsOf('listing', key)).length, 3);
    assert.deepEqual(outcomes(await run(csv)), ['unchanged', 'unchanged', 'unchanged', 'unchanged', 'unchanged']);
  });

  test('are refused when their consequences would undo an earlier row', async () => {
    const key = await aListing(home);
    const csv = `${header}listing,RX-${key},streetName,Elm St,Wrong street
listing,RX-${key},listPrice,510000,Typed wrong
listing,RX-${key},unparsedAddress,"9 Oak Ave, Boca Raton, FL 33432",Wrong number
`;
    assert.deepEqual(outcomes(await run(csv)), ['done', 'done', 'address-contradiction']);
    assert.deepEqual(outcomes(await run(csv)), ['unchanged', 'unchanged', 'address-contradiction']);
  });
});

suite('a file that is not a table of corrections', () => {
  const isRejected = (csv: string, message: RegExp) =>
    assert.rejects(run(csv), (error) => isUserError(error) && message.test(error.message));

  test('is refused when a column is missing', () => isRejected('type,id,field,value\n', /no column because/));

  test('is refused when it is empty', () => isRejected('', /is empty/));

  test('is refused when a column is there twice', () =>
    isRejected('type,id,field,value,because,value\n', /column value twice/));

  test('stops at a line that is not valid CSV, and keeps what was done before', async () => {
    const key = await aListing();
    await isRejected(
      `type,id,field,value,because\nlisting,RX-${key},unitNumber,7,Looked it up\nlisting,"RX-${key},city`,
      /not valid CSV.*line 3/,
    );
    assert.equal((await eventsOf('listing', key)).at(-1)!.changes[0]?.newValue, '7');
  });
});

suite('a row with the wrong number of columns', () => {
  const refusedRow = async (csvOf: (id: string) => string) => {
    const key = await aListing();
    const [report] = await run(csvOf(`RX-${key}`));
    assert.equal((await eventsOf('listing', key)).length, 1);
    return rejectionOf(report);
  };

  test('is refused when a comma is not quoted', async () => {
    const rejection = await refusedRow((id) => `type,id,field,value,because\nlisting,${id},listPrice,$525,000,Typo\n`);
    assert.deepEqual(rejection, {
      code: 'columns',
      message: 'the row has 6 values for 5 columns: put a value that contains a comma in double quotes',
    });
  });

  test('is refused when a further column takes the value that is too many', async () => {
    const rejection = await refusedRow(
      (id) => `type,id,field,value,because,remark\nlisting,${id},listPrice,$525,000,Typo\n`,
    );
    assert.equal(rejection?.code, 'because');
    assert.match(rejection?.message ?? '', /"000".*comma/);
  });

  test('is refused when the value is missing, instead of emptying the field', async () => {
    const rejection = await refusedRow((id) => `type,id,field,because,value\nlisting,${id},city,Typo\n`);
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
  const rowsFor = (id: string) =>
    `type,id,field,value,because\nlisting,${id},unitNumber,11,Saw it\nlead,c404,firstName,José,She said so\n`;

  test('Windows-1252 is refused with the line, before the rows above it are corrected', async () => {
    const key = await aListing();
    await refused(Buffer.from(rowsFor(`RX-${key}`), 'latin1'), 3);
    assert.equal((await eventsOf('listing', key)).length, 1);
  });

  test('UTF-16 is refused', async () => {
    await refused(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(rowsFor('RX-404'), 'utf16le')]), 1);
  });

  test('a character that is cut off at the end is refused', async () => {
    const bytes = Buffer.from(rowsFor('RX-404'));
    await refused(bytes.subarray(0, bytes.indexOf(0xc3) + 1), 3);
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
  const row = (lead: string, value: string) =>
    `type,id,field,value,because\nlead,${lead},ownerMemberKey,${value},She asked for him\n`;

  const ways = [
    { what: 'the name, in any case', fullName: 'Frantz Pierre', given: () => 'frantz pierre' },
    { what: 'the e-mail address', fullName: 'Ines Perez', given: (key: string) => `${key.toUpperCase()}@Example.com` },
    { what: 'the key', fullName: 'Joan Baker', given: (key: string) => key },
  ];
  for (const { what, fullName, given } of ways) {
    test(`takes ${what}`, async () => {
      const lead = await aLead();
      const agent = await anAgent(fullName);
      const [report] = await run(row(lead, given(agent)), { dryRun: true });
      assert.deepEqual(report?.outcome === 'would-do' && report.changes, [
        { field: 'ownerMemberKey', before: null, after: agent },
      ]);
    });
  }

  test('is refused when there is no such agent', async () => {
    const [report] = await run(row(await aLead(), 'Unheard Of'));
    assert.deepEqual(rejectionOf(report), {
      code: 'value',
      message: 'ownerMemberKey: there is no agent "Unheard Of"',
    });
  });

  test('is refused when several agents have the name', async () => {
    const lead = await aLead();
    const twins = [await anAgent('Twin Jones'), await anAgent('Twin Jones')];
    const [report] = await run(row(lead, 'Twin Jones'));
    assert.match(rejectionOf(report)?.message ?? '', new RegExp(`means 2 records: ${twins.join(', ')}`));
  });
});
