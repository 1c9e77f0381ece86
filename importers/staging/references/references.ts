import { sql } from 'kysely';
import { otherNamesOf } from '../../../domain/identity/legacy-id.ts';
import type { StagedCollection } from '../../collections.ts';
import type { AnyDatabase } from '../../database.ts';
import type { Reference } from '../../legacy/fields/ids/reference.ts';
import { findDocuments, meant, type Target } from './find-documents.ts';

/** The brokerage's agents, by the old CRM's references. They all fit into memory. */
export type AgentDirectory = {
  keyOf(reference: Reference | undefined | null): string | undefined;
  /** Why `keyOf` finds none: there is no such agent, or there are several. */
  whyNot(reference: Reference): LostReference;
};

export type LostReference = 'not-found' | 'ambiguous';

/** All staged agents, by legacy ID and by each e-mail address that only one of them has. */
export const loadAgentDirectory = async (db: AnyDatabase): Promise<AgentDirectory> => {
  const { rows } = await sql<{ legacy_id: string; record_key: string; identities: string[]; names: string[] }>`
    select d.legacy_id, d.record_key, d.identities,
      array(select n.name from ops.import_document_name n
        where n.collection = d.collection and n.legacy_id = d.legacy_id and starts_with(n.name, 'key:')) as names
    from ops.import_document d
    where d.collection = 'users' and d.record_key is not null
    order by d.created_at nulls last, d.legacy_id`.execute(db);
  const emails = new Map<string, string | 'ambiguous'>();
  const called = new Map<string, Target[]>();
  for (const { legacy_id: legacyId, record_key: recordKey, identities, names } of rows) {
    for (const identity of identities) {
      emails.set(identity, (emails.get(identity) ?? recordKey) === recordKey ? recordKey : 'ambiguous');
    }
    for (const name of [legacyId, ...otherNamesOf(legacyId), ...names]) {
      called.set(name, [...(called.get(name) ?? []), { legacyId, recordKey, contactKey: null }]);
    }
  }
  const find = (reference: Reference) => {
    const target = meant(reference, (name) => called.get(name) ?? []);
    return target === 'ambiguous' ? target : (target?.recordKey ?? emails.get(reference));
  };
  return {
    keyOf: (reference) => {
      if (reference === undefined || reference === null) return undefined;
      const found = find(reference);
      return found === 'ambiguous' ? undefined : found;
    },
    whyNot: (reference) => (find(reference) === 'ambiguous' ? 'ambiguous' : 'not-found'),
  };
};

/** Documents that belong to one of these leads, with their references to it. */
export const documentsOfContacts = async (db: AnyDatabase, contactKeys: readonly string[]) => {
  const { rows } = await sql<{
    collection: StagedCollection;
    legacy_id: string;
    contact_key: string;
    contact_ref: Reference;
  }>`
    select collection, legacy_id, contact_key, contact_ref from ops.import_document
    where collection in ('savedsearches', 'leadassignments', 'activities') and contact_key = any (${contactKeys}::text[])
      and contact_ref is not null and record_key is not null`.execute(db);
  return rows;
};

/** The leads that references point to. */
export type ContactDirectory = {
  keyOf(reference: Reference | undefined | null): string | undefined;
  whyNot(reference: Reference): LostReference;
};

/** Looks up the leads that these references point to. */
export const resolveContacts = async (db: AnyDatabase, references: readonly Reference[]): Promise<ContactDirectory> => {
  const found = await findDocuments(db, 'contacts', references);
  const emails = new Map<string, string | 'ambiguous'>();
  const addresses = [...new Set(references)].filter((reference) => reference.startsWith('email:'));
  if (addresses.length > 0) {
    const { rows } = await sql<{ reference: string; record_key: string }>`
      with called as (
        select distinct r.reference, d.record_key,
          'email:' || (d.payload -> 'fields' ->> 'email') = r.reference as main
        from unnest(${addresses}::text[]) as r (reference)
        join ops.import_identity i on i.collection = 'contacts' and i.identity = r.reference
        join ops.import_document d on d.collection = 'contacts' and d.legacy_id = i.legacy_id
        where d.record_key is not null
      )
      select distinct c.reference, c.record_key from called c
      -- a lead with this main address takes precedence over one with this other address
      where c.main or not exists (select from called m where m.reference = c.reference and m.main)`.execute(db);
    for (const { reference, record_key } of rows) {
      emails.set(reference, emails.has(reference) ? 'ambiguous' : record_key);
    }
  }
  return {
    keyOf: (reference) => {
      if (reference === undefined || reference === null) return undefined;
      const target = found.get(reference) ?? emails.get(reference);
      if (target === undefined || target === 'ambiguous') return undefined;
      return typeof target === 'string' ? target : target.recordKey;
    },
    whyNot: (reference) =>
      (found.get(reference) ?? emails.get(reference)) === 'ambiguous' ? 'ambiguous' : 'not-found',
  };
};
