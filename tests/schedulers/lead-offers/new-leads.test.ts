import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { leadStages } from '../../../domain/lead/fields.ts';
import { isNewLead, lead, lifeOf } from '../../../domain/lead/index.ts';
import { isNewLeadRow } from '../../../projections/leads/new-lead.ts';
import { isOpenLeadRow } from '../../../projections/leads/open-lead.ts';
import { readLeadFacts } from '../../../queries/leads/lead-facts.ts';
import { listLeads } from '../../../queries/leads/list-leads.ts';
import { whyNoAgent } from '../../../queries/leads/why-no-agent.ts';
import { unassignedNewLeads } from '../../../schedulers/lead-offers/reading/read-leads.ts';
import { contact, search } from '../../importers/support/documents.ts';
import { openImporting } from '../support/import-and-alert.ts';

const unclear = { field: 'leadStage', code: 'stage-unknown', found: 'Weird Stage' };
const other = { field: 'mobilePhone', code: 'not-a-phone-number', found: '5' };

test('the domain and SQL agree on which leads are new', async (t) => {
  const world = await openImporting(t);
  const leads = (['New', 'Contacted', 'Trash', undefined] as const).flatMap((leadStage) =>
    [undefined, [], [unclear], [other], [other, unclear]].map((warnings) => ({ leadStage, warnings })),
  );
  for (const [index, { leadStage, warnings }] of leads.entries()) {
    await world.lead(`l${index}`, {
      email: `l${index}@example.com`,
      ...(leadStage === undefined ? {} : { leadStage }),
      ...(warnings === undefined ? {} : { warnings }),
    });
  }
  await world.catchUp();
  const { rows } = await sql<{ contact_key: string; is_new: boolean }>`
    select contact_key, ${isNewLeadRow} as is_new from read.leads`.execute(world.db);
  for (const row of rows) {
    const fields = leads[Number(row.contact_key.slice(1))]!;
    assert.equal(row.is_new, isNewLead(fields as Parameters<typeof isNewLead>[0]), JSON.stringify(fields));
  }
});

test('the domain and SQL agree on which leads are open', async (t) => {
  const world = await openImporting(t);
  for (const [index, leadStage] of [...leadStages, undefined].entries()) {
    const fields = { email: `l${index}@example.com`, ...(leadStage === undefined ? {} : { leadStage }) };
    await world.lead(`l${index}`, fields);
  }
  await world.catchUp();
  const { rows } = await sql<{ contact_key: string; is_open: boolean }>`
    select contact_key, ${isOpenLeadRow} as is_open from read.leads`.execute(world.db);
  assert.equal(rows.length, leadStages.length + 1);
  for (const row of rows) {
    const leadStage = leadStages[Number(row.contact_key.slice(1))];
    const state = { ...lead.initialState, contactKey: row.contact_key, fields: leadStage ? { leadStage } : {} };
    assert.equal(row.is_open, lifeOf(state).status !== 'closed', leadStage);
  }
});

test('a lead whose stage is not understood is not offered, and a person sees it with its stage', async (t) => {
  const world = await openImporting(t);
  const turned = contact({ email: 'turned@example.com', stage: 'new' });
  await world.import({
    contacts: [
      contact({ email: 'weird@example.com', stage: 'Weird Stage' }),
      contact({ email: 'both@example.com', stage: 'Weird Stage', type: 'new' }),
      contact({ email: 'none@example.com', stage: undefined }),
      contact({ email: 'fresh@example.com', stage: 'new', type: 'Buyer' }),
      turned,
    ],
  });
  await world.import({ contacts: [{ ...turned, stage: 'Weird Stage', updatedAt: new Date('2025-05-01') }] });
  await world.catchUp();
  const keys = await unassignedNewLeads(world.db, -1n);
  const { rows } = await sql<{ email: string }>`
    select email from read.leads where contact_key = any (${keys}) order by 1`.execute(world.db);
  assert.deepEqual(
    rows.map(({ email }) => email),
    ['fresh@example.com', 'none@example.com'],
  );
  const judged = { now: new Date(), responseMinutes: null };
  const unclear = await listLeads(world.db, { stage: 'Not understood' }, judged, { limit: 10 });
  assert.equal(unclear.rows.length, 3);
  const { contactKey } = unclear.rows[0]!;
  assert.match((await whyNoAgent(world.db, [contactKey])).get(contactKey)!, /“Weird Stage”/);
});

test('holds and opt-outs are shown in the summary of the import and next to the lead', async (t) => {
  const world = await openImporting(t);
  const ana = contact({ email: 'ana@example.com', unsubscribed: 'perhaps' });
  const summary = await world.import({
    contacts: [ana],
    savedsearches: [search(ana._id, { query: { city: { $regex: '^boca' }, type: 'Penthouse' }, frequency: 'monthly' })],
  });
  assert.deepEqual(summary.onHold, {
    searches: 1,
    byReason: { 'criterion-unclear': 1, 'frequency-unknown': 1, 'type-unknown': 1 },
    switchedOff: 0,
  });
  assert.deepEqual(summary.consent, { optedOutDocuments: 1, optedOutAddresses: 1, unclear: 1 });
  await world.catchUp();
  const { rows } = await sql<{ contact_key: string }>`select contact_key from read.leads`.execute(world.db);
  const facts = await readLeadFacts(world.db, rows[0]!.contact_key);
  assert.equal(facts?.optOut, 'this person opted out');
  assert.deepEqual(
    facts?.searches.map(({ holdReasons }) => holdReasons.map(({ found }) => found)),
    [['{"city":{"$regex":"^boca"}}', '{"type":"Penthouse"}', '{"frequency":"monthly"}']],
  );
});
