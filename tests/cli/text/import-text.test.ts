import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importText } from '../../../cli/import/text.ts';
import type { ImportSummary } from '../../../importers/dump/import-dump.ts';

test('shows sentences and labels, with the codes in parentheses', () => {
  const counts = {
    read: 15,
    applied: 10,
    unchanged: 0,
    merged: 0,
    quarantined: 5,
    skipped: 0,
    unresolvedReferences: 0,
  };
  const summary = {
    collections: { properties: counts },
    events: 10,
    documents: 15,
    seconds: 1,
    rssMaxMb: 100,
    quarantine: { properties: { 'identity-missing': 3 }, contacts: { 'contact-missing': 1, 'of-a-later-release': 1 } },
    warnings: { properties: { 'listPrice currency-eur': 2 } },
    unread: { contacts: { nickname: 4 } },
    onFile: { quarantine: {}, warnings: {}, unresolvedReferences: {} },
    onHold: { searches: 175, byReason: { 'place-unclear': 170, 'criteria-missing': 5 }, switchedOff: 73 },
    consent: { optedOutDocuments: 0, optedOutAddresses: 0, unclear: 0 },
    notes: [],
    problems: [],
  };
  const lines = importText(summary as unknown as ImportSummary).split('\n');
  assert.deepEqual(lines.slice(4), [
    'Documents in quarantine (`openhouse quarantine list` shows each):',
    '  Listings',
    '    3 Neither an MLS number nor an address (identity-missing)',
    '  Leads',
    '    1 No usable e-mail address or phone number (contact-missing)',
    '    1 Of a later release (of-a-later-release)',
    'Fields not understood, or only partly:',
    '  Listings',
    '    2 List price: The amount is in another currency (EUR); only US dollars are read. (currency-eur)',
    'Saved searches that are not understood completely, as the old CRM has them: 175 active, on hold until someone corrects them ' +
      '(170 with a place that is not understood, 5 with no criteria; `openhouse alerts on-hold` lists them), 73 switched off',
    'Fields that openhouse does not import:',
    '  Leads',
    '    4 nickname',
  ]);
});
