import type { StagedCollection } from '../../collections.ts';
import { addressesIn, addressesInText } from '../../legacy/consent/addresses.ts';
import { readConsent } from '../../legacy/consent/read-consent.ts';
import { documentKey } from '../../legacy/fields/ids/document-id.ts';
import { readReference } from '../../legacy/fields/ids/reference.ts';
import type { ActivityLook } from '../../legacy/lead-history.ts';
import { consentEntries } from '../../legacy/leads.ts';
import type { MappedType } from '../../mappings/compile.ts';
import { type Entry, isUnreadable, type SourceDocument, type UnreadableDocument } from '../../source.ts';

/** A document's consent: whether someone opted out, and how to recognise them (`id:…`, `email:…`, `key:…`). */
export type OptOutStatement = {
  readonly optOut: boolean;
  readonly identities: readonly string[];
  /** The addresses among them, canonical. */
  readonly addresses: readonly string[];
};

const nobody: OptOutStatement = { optOut: false, identities: [], addresses: [] };

/**
 * Reads consent from a document, whatever else is wrong with it: from a contact even if it cannot be read as a whole,
 * and from an activity that says "unsubscribed".
 */
export const optOutIn = (
  found: SourceDocument | UnreadableDocument,
  legacyId: string | undefined,
  collection: StagedCollection,
  type: MappedType,
): OptOutStatement => {
  if (!isUnreadable(found) && found.uncorrected !== undefined) {
    // Correcting a document cannot take back what its person said.
    const { uncorrected, ...asCorrected } = found;
    const said = optOutIn({ ...asCorrected, document: uncorrected }, undefined, collection, type);
    const says = optOutIn(asCorrected, legacyId, collection, type);
    return {
      optOut: said.optOut || says.optOut,
      addresses: says.addresses,
      identities: [...new Set([...said.identities, ...says.identities])],
    };
  }
  if (collection === 'activities')
    return isUnreadable(found) ? nobody : ofActivity(type.look(found.document, found.place));
  if (collection !== 'contacts') return nobody;
  const entries = isUnreadable(found) ? scanned(found, type) : consentEntries(type.look(found.document, found.place));
  const optOut = readConsent(entries).optOut || (!isUnreadable(found) && readConsent(repeatedIn(found)).optOut);
  const given = addressesIn(entries);
  const addresses = given.length === 0 && isUnreadable(found) ? addressesInText(textOf(found.bytes)) : given;
  const id = legacyId ?? documentKey(entries.find(({ parent, name }) => parent === '' && name === '_id')?.value);
  return {
    optOut,
    addresses,
    identities: [...(id === undefined ? [] : [`id:${id}`]), ...addresses.map((address) => `email:${address}`)],
  };
};

const textOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

const mentions =
  /unsub|opt|subscri|contact|mail|dn[cem]|pref|setting|notif|channel|permi|market|bounc|suppress|black|block|compla|spam|deceas|undeliv|stage|status|tags?|type|label|consent/i;

/**
 * The entries of a broken document, and again under our names those that the mapping says are about consent: only the
 * last name of a path can be recognised there.
 */
const scanned = (found: UnreadableDocument, { paths }: MappedType): readonly Entry[] => {
  const ours = new Map(
    [...paths].flatMap(([path, slots]) =>
      slots
        .filter((slot) => /^(?:email|emailOptOut|emailOptIn)$/.test(slot))
        .map((slot) => [path.slice(path.lastIndexOf('.') + 1), slot] as const),
    ),
  );
  return found.scan().flatMap((entry) => {
    const name = ours.get(entry.name);
    return name === undefined || name === entry.name ? [entry] : [entry, { ...entry, name }];
  });
};

/** Entries whose name occurs more than once; a reader only sees the last of them. */
const repeatedIn = (found: SourceDocument): readonly Entry[] => {
  const counts = new Map<string, number>();
  const entries = found.scan();
  for (const { name } of entries) if (mentions.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return entries.filter(({ name }) => (counts.get(name) ?? 0) > 1);
};

/** "Unsubscribed" in a contact's history counts as the contact's own statement. */
const ofActivity = (look: ActivityLook): OptOutStatement => {
  const type = look.first('activityType');
  if (
    typeof type !== 'string' ||
    !/^\s*(?:e-?mail[\s_-]*)?(?:unsubscribed?|opt(?:ed)?[\s_-]*out|spam[\s_-]*complaint)\s*$/i.test(type.slice(0, 60))
  ) {
    return nobody;
  }
  const contact = look.reference('contactKey').value ?? readReference(look.document.contact).value;
  return contact === undefined
    ? nobody
    : { optOut: true, identities: [contact.replace(/^ref:/, 'id:')], addresses: [] };
};
