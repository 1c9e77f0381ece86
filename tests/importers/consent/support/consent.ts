import { entriesOf } from '../../../../importers/legacy/consent/entries.ts';
import { readConsent } from '../../../../importers/legacy/consent/read-consent.ts';

/** What a document of a lead says about e-mail. */
export const consent = (document: Record<string, unknown>) => readConsent(entriesOf(document));
