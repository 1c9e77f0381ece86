import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addCollections, type CollectionSums, renderSummary, type StartSummary } from '../../../cli/start/summary.ts';
import { emptySummary } from '../../../cli/start/work.ts';

const counts = (read: number, applied: number, quarantined: number): CollectionSums => ({
  read,
  applied,
  unchanged: read - applied - quarantined,
  merged: 0,
  quarantined,
  skipped: 0,
});

const summary = (changes: Partial<StartSummary>): StartSummary => ({
  ...emptySummary(),
  now: { listings: 400, onTheMarket: 120, leads: 600, agents: 25, savedSearches: 1, quarantined: 0 },
  ...changes,
});

test('adds up collections over dumps', () => {
  const total: Record<string, CollectionSums> = {};
  addCollections(total, { users: counts(25, 20, 2), contacts: counts(600, 580, 11) });
  addCollections(total, { users: counts(26, 1, 2), properties: counts(420, 30, 0), activities: undefined });
  assert.deepEqual(Object.keys(total), ['users', 'contacts', 'properties']);
  assert.deepEqual(total.users, { read: 51, applied: 21, unchanged: 26, merged: 0, quarantined: 4, skipped: 0 });
  for (const { read, ...parts } of Object.values(total))
    assert.equal(
      read,
      Object.values(parts).reduce((sum, part) => sum + part, 0),
    );
});

test('shows what was imported, and what buyers and agents get', () => {
  const text = renderSummary(
    summary({
      collections: { properties: counts(400, 380, 12) },
      events: 1480,
      messages: 51,
      alerts: { digests: 37, homes: 1 },
      leads: { offered: 14, escalated: 1, withoutAgent: 2 },
      delivery: { sent: 0, previewed: 51, failed: 0 },
    }),
  );
  assert.match(text, /Listings\s+400\s+380\s+8\s+0\s+12\s+0/);
  assert.match(text, /1,480 changes recorded as events/);
  assert.match(text, /400 listings \(120 on the market\), 600 leads, 25 agents and 1 saved search\./);
  assert.match(text, /37 e-mails about 1 home /);
  assert.match(text, /14 new leads offered .*; 1 that no agent fits given to a person; 2 without a matching agent/);
  assert.match(text, /51 queued, 51 kept as previews/);
});

test('says when there is nothing new', () => {
  const text = renderSummary(summary({ collections: { properties: counts(400, 0, 0) } }));
  assert.match(text, /Nothing new since last time/);
  assert.doesNotMatch(text, /Buyers|Messages/);
});

test('shows the saved searches on hold, with the reasons', () => {
  const byReason = { 'a place that is not understood': 2, 'no criteria': 1 };
  const onHold = { searches: 3, byReason, switchedOff: 73 };
  const text = renderSummary(summary({ onHold }));
  assert.match(text, /3 active saved searches are on hold.*alerts on-hold/);
  assert.match(text, /2 with a place that is not understood\n +1 with no criteria/);
  assert.match(text, /switched off, and would be on hold otherwise: 73/);
});
