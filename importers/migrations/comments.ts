import { tableComments } from '../../platform/database/migrations.ts';

/** What each of these tables holds. */
export const comments = tableComments({
  import_run: 'Each import: its source, how it ended, and its counts.',
  import_document: 'Every document of the old CRM as it was last read, normalised. Holds personal data.',
  import_identity:
    'What shows that two documents are about the same thing: MLS numbers, e-mail addresses, phone numbers. Holds personal data.',
  import_pending: 'Records whose documents have changed since they were last applied.',
  import_record:
    'What was last applied of each record, so that only changes are applied next time. Holds personal data.',
  import_alert_sent: 'What the old CRM sent to buyers, until it is in the memory of what was sent.',
  import_merged:
    'Records whose documents all went to another record, and what was applied of them until then. Holds personal data.',
  import_document_name: 'Other spellings of document IDs that references may use.',
  import_address: 'The e-mail addresses in each document of contacts. Holds personal data.',
  import_split: 'Records with documents that were part of another record.',
});
