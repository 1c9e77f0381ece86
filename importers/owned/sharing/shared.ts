import { sql } from 'kysely';
import type { OwnedType } from '../../../domain/ownership/index.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { storableJson } from '../../../platform/database/storable.ts';
import { camelCased } from '../../../tables/database.ts';
import type { AnyDatabase } from '../../database.ts';
import { ownedByOpenhouse } from '../../differences/ownerships.ts';
import { mlsIdentities } from '../../legacy/fields/ids/mls-number.ts';
import { emailIdentity } from '../../legacy/leads.ts';
import { migrateImport } from '../../migrations.ts';
import { type Recognised, wouldJoin } from '../../staging/grouping/would-join.ts';
import { ownedTypesInfo } from '../record-view.ts';
import { joiningCaptured } from './captured.ts';
import { type Correction, texts } from './correction.ts';
import { withoutReadModels } from './read-models.ts';

/** Another record with the same identifying value that a correction gives to a record. */
export type Shared = {
  /** The corrected record, and its field with that value. */
  readonly aggregate: OwnedType;
  readonly recordKey: string;
  readonly field: string;
  readonly other: { readonly aggregate: OwnedType; readonly recordKey: string };
  /**
   * What follows.
   * - `nothing`: both stay as they are
   * - `no-alerts`: one is a lead, the other an agent, at whose address no lead is sent alerts
   * - `one-record`: they become one. `when` says when: `written` once the correction is written to the old CRM and that is read again,
   *   `owned` the same, but not before openhouse owns the record type, or with the next `import`. `continues` is the one that is left
   */
  readonly follows: 'nothing' | 'no-alerts' | 'one-record';
  readonly when: 'written' | 'owned' | 'import' | null;
  readonly continues: string | null;
};

/** The fields by whose values records are recognised. */
const recognisedBy: Readonly<Record<OwnedType, Readonly<Record<string, 'email' | 'phone' | 'mls'>>>> = {
  lead: { email: 'email', otherEmails: 'email', mobilePhone: 'phone' },
  agent: { memberEmail: 'email', memberMobilePhone: 'phone' },
  listing: { listingId: 'mls' },
};

export const fieldsRecognisedBy: readonly string[] = Object.values(recognisedBy).flatMap((fields) =>
  Object.keys(fields),
);

/** For one value, at most this many records are named that have it but are not affected. */
const mostNamed = 5;

/**
 * The other records that have an e-mail address, a phone number or an MLS number that corrections give, and what follows: mostly
 * that two records become one when the old CRM is read next (see `groupDocuments`, and `isSamePerson` for leads that openhouse
 * captured). Nothing is changed. To be asked before the corrections are written to the old CRM.
 */
export const sharedWith = async (
  db: AnyDatabase,
  store: EventStore,
  asked: readonly Correction[],
): Promise<readonly Shared[]> => {
  const corrections = together(asked);
  const given = corrections.flatMap(valuesGiven);
  if (given.length === 0) return [];
  await migrateImport(db);
  const having = await recordsHaving(db, given);
  const owned = await ownedByOpenhouse(store);
  const found: Shared[] = [];
  for (const aggregate of ['listing', 'lead', 'agent'] as const) {
    const own = corrections.filter((one) => one.aggregate === aggregate && valuesGiven(one).length > 0);
    if (own.length === 0) continue;
    const when: Shared['when'] = owned.has(aggregate) ? 'written' : 'owned';
    const joining = await wouldJoin(
      db,
      ownedTypesInfo[aggregate].collection,
      new Map(own.map((one) => [one.recordKey, recognised(one)])),
    );
    const captured =
      aggregate === 'lead'
        ? await joiningCaptured(
            db,
            own,
            having.map(({ key }) => key),
          )
        : [];
    for (const { recordKey } of own) {
      const values = given.filter((value) => value.aggregate === aggregate && value.recordKey === recordKey);
      const others = having.filter((one) => values.includes(given[one.at]!));
      const named = (key: string) => ({
        aggregate,
        recordKey,
        field: (given[others.find((one) => one.key === key)?.at ?? -1] ?? values[0]!).field,
        other: { aggregate, recordKey: key },
      });
      const joined = joining.get(recordKey);
      const become: Shared[] = [
        ...(joined?.others ?? []).map((key) => ({
          ...named(key),
          follows: 'one-record' as const,
          when,
          continues: joined!.continues,
        })),
        ...captured
          .filter((one) => one.recordKey === recordKey && !joined?.others.includes(one.other))
          .map(({ other, continues, isNext }) => ({
            ...named(other),
            follows: 'one-record' as const,
            when: isNext ? ('import' as const) : when,
            continues,
          })),
      ];
      const rest = new Map(
        others
          .filter((one) => !become.some(({ other }) => other.recordKey === one.key))
          .map((one) => [`${one.aggregate} ${one.key}`, one]),
      );
      found.push(
        ...become,
        ...[...rest.values()].map(
          ({ at, aggregate: type, key }): Shared => ({
            aggregate,
            recordKey,
            field: given[at]!.field,
            other: { aggregate: type, recordKey: key },
            follows: type === aggregate ? 'nothing' : 'no-alerts',
            when: null,
            continues: null,
          }),
        ),
      );
    }
  }
  return found;
};

/** One correction for each record. */
const together = (corrections: readonly Correction[]): readonly Correction[] => {
  const found = new Map<string, Correction>();
  for (const one of corrections) {
    const place = `${one.aggregate} ${one.recordKey}`;
    found.set(place, { ...one, changes: [...(found.get(place)?.changes ?? []), ...one.changes] });
  }
  return [...found.values()];
};

/** A value that a correction gives to a record that did not have it. */
type Given = {
  readonly aggregate: OwnedType;
  readonly recordKey: string;
  readonly field: string;
  readonly kind: 'email' | 'phone' | 'mls';
  readonly value: string;
};

const valuesGiven = ({ aggregate, recordKey, changes }: Correction): readonly Given[] => {
  const had = new Set(changes.flatMap(({ before }) => texts(before)));
  return changes.flatMap(({ field, after }) => {
    const kind = recognisedBy[aggregate][field];
    if (kind === undefined) return [];
    return texts(after)
      .filter((value) => !had.has(value))
      .map((value) => ({ aggregate, recordKey, field, kind, value }));
  });
};

const recognised = ({ aggregate, changes }: Correction): Recognised => {
  const identitiesIn = (side: 'before' | 'after') =>
    changes.flatMap((change) =>
      recognisedBy[aggregate][change.field] === 'email'
        ? texts(change[side]).map(emailIdentity)
        : recognisedBy[aggregate][change.field] === 'mls'
          ? texts(change[side]).flatMap(mlsIdentities)
          : [],
    );
  const given = identitiesIn('after');
  const as: Record<string, string | null> = {};
  for (const { field, after } of changes) {
    const name = comparedAs[field];
    if (name !== undefined) as[name] = typeof after === 'string' ? after : null;
  }
  return { gone: identitiesIn('before').filter((identity) => !given.includes(identity)), given, as };
};

const comparedAs: Readonly<Record<string, keyof Recognised['as']>> = {
  firstName: 'firstName',
  lastName: 'lastName',
  mobilePhone: 'phone',
  memberFullName: 'firstName',
  memberMobilePhone: 'phone',
  unparsedAddress: 'address',
};

/** A record, and the index of the given value that it has. */
type Having = { readonly at: number; readonly aggregate: OwnedType; readonly key: string };

/** @returns at most `mostNamed` of each kind for one value, those that changed last */
const recordsHaving = async (db: AnyDatabase, given: readonly Given[]): Promise<readonly Having[]> => {
  const wanted = given.map(({ aggregate, recordKey, field, kind, value }, at) => ({
    at,
    type: aggregate,
    own: recordKey,
    kind,
    value,
    main: field !== 'otherEmails',
  }));
  const query = sql<Having>`
    with wanted as (
      select * from json_to_recordset(${storableJson(wanted)}::json)
        as x (at int, type text, own text, kind text, value text, main boolean))
    select at, 'lead' as aggregate, contact_key as key from wanted cross join lateral (
      select contact_key from read.leads
      where type = 'lead' and kind = 'email' and contact_key <> own
        and (email = wanted.value or other_emails @> array[wanted.value])
      order by position desc limit ${mostNamed}) as lead
    union all
    select at, 'lead', contact_key from wanted cross join lateral (
      select contact_key from read.leads
      where type = 'lead' and kind = 'phone' and contact_key <> own and mobile_phone = wanted.value
      order by position desc limit ${mostNamed}) as lead
    union all
    select at, 'lead', contact_key from wanted cross join lateral (
      select contact_key from read.leads where type = 'agent' and kind = 'email' and email = wanted.value
      order by position desc limit ${mostNamed}) as lead
    union all
    select at, 'agent', member_key from wanted cross join lateral (
      select member_key from read.agents
      where (type = 'agent' and member_key <> own or type = 'lead' and main) and kind = 'email' and member_email = wanted.value
        or type = 'agent' and kind = 'phone' and member_key <> own and member_mobile_phone = wanted.value
      order by position desc limit ${mostNamed}) as agent
    union all
    select at, 'listing', listing_key from wanted cross join lateral (
      select listing_key from read.listings where kind = 'mls' and listing_key <> own and listing_id = wanted.value
      order by position desc limit ${mostNamed}) as listing`;
  return await withoutReadModels(async () => (await query.execute(camelCased(db))).rows, []);
};
