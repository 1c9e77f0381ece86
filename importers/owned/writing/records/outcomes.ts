import type { OwnedType } from '../../../../domain/ownership/index.ts';
import { inQuarantineCode, keptCode, type Outcome } from '../../../differences/outbox.ts';
import { domainFields } from '../../labels.ts';

export const done: Outcome = { outcome: 'written' };

/** What it takes a person to put right. */
export const refused = (code: string, reason: string): Outcome => ({ outcome: 'refused', code, reason });

export const notApplied: Outcome = {
  outcome: 'failed',
  code: 'not-applied',
  reason: 'a change in the old CRM has been read and could not be applied; see the last import in `openhouse jobs`',
};

export const changedMeanwhile: Outcome = {
  outcome: 'failed',
  code: 'changed-meanwhile',
  reason: 'someone changed the document in the same moment; it is read first',
};

/** Once it has left the quarantine, the record is tried again by itself. */
export const inQuarantine: Outcome = {
  outcome: 'refused',
  code: inQuarantineCode,
  reason:
    'the document, as it is in the old CRM now, is in quarantine, and writing could overwrite what someone changed in it; ' +
    '`openhouse quarantine list` shows what is wrong with it: correct it there or in the old CRM',
};

export const leftOut: Outcome = {
  outcome: 'refused',
  code: 'left-out',
  reason:
    "the mapping's filter leaves the document out, so it is not read, and writing could overwrite what someone changed in it; once the " +
    'filter takes it again, `openhouse write-back retry` writes it',
};

export const keptHere: Outcome = {
  outcome: 'kept',
  code: keptCode,
  reason: 'a person decided that the record stays without its document; it is written when the document comes back',
};

export const deletedThere: Outcome = {
  outcome: 'failed',
  code: 'deleted-there',
  reason: 'someone deleted the document in the old CRM; that is read first, and is a conflict for a person to decide',
};

export const insertUnclear: Outcome = {
  outcome: 'failed',
  code: 'insert-unclear',
  reason:
    'openhouse was interrupted while it inserted the document in the old CRM, and it is not there: someone may have deleted it, so ' +
    'that becomes a conflict for a person to decide',
};

/** @param names the fields that a document has no way to say */
export const cannotSay = (aggregate: OwnedType, names: readonly string[]): Outcome => {
  const labels = names.map((name) => domainFields[aggregate][name] ?? name).join(', ');
  const why = [...new Set(names.flatMap((name) => whyNot[name] ?? []))].map((one) => `. ${one}`).join('');
  return refused(
    'cannot-say',
    `the old CRM's document cannot say this in a way that would be read back: ${labels}${why}`,
  );
};

const whyNotBathrooms =
  'The old CRM counts no word of half bathrooms as none, and all bathrooms together: correct these, too';
const whyNotPhotos =
  'Where a document lists its photos, their number is that of the list: correct the photos rather than their number';

/** What a person can do about it, where that is known. */
const whyNot: Readonly<Partial<Record<string, string>>> = {
  bathroomsHalf: whyNotBathrooms,
  bathroomsTotalInteger: whyNotBathrooms,
  propertyType:
    'In the old CRM, the property type follows from the subtype where it has no field of its own: correct it, too',
  leadStage: 'Where the old CRM has do-not-call as a stage, it cannot say another stage beside it',
  media: whyNotPhotos,
  photosCount: whyNotPhotos,
  unparsedAddress: 'An address has to agree with its street, unit, city, state and ZIP code: correct these, too',
};
