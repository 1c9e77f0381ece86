import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameValue } from '../../../../domain/changes.ts';
import type { OtherValue } from '../../../../domain/values.ts';
import type { RecordDocument } from '../../../../importers/apply/load-pending.ts';
import { inTimeOrder, mergeFields, nameOf } from '../../../../importers/apply/planning/merge.ts';
import { leadRules, listingRules } from '../../../../importers/apply/planning/merge-rules.ts';
import fc from '../../../support/fast-check.ts';

const some = <Value>(...values: Value[]) => fc.constantFrom<Value | undefined>(undefined, ...values);
const leadFields = fc.record({
  firstName: some('Ana', 'Bob', 'Dup'),
  lastName: some('López', 'Buyer'),
  mobilePhone: some('+15615550101', '+15615550102'),
  mobilePhoneExt: some('7'),
  listPriceMin: some(100_000, 390_000),
  listPriceMax: some(380_000, 570_000),
  leadStage: some('New', 'Hot'),
  tags: some(['vip'], ['cash', 'vip']),
});
const listingFields = fc.record({
  unparsedAddress: some('1 First St, Lantana', '2 Second Ave'),
  city: some('Lantana', 'Boca Raton'),
  postalCode: some('33432', '33462'),
  listPrice: some(300_000, 400_000),
  bathroomsFull: some(1, 2),
  bathroomsHalf: some(0, 1),
});

const documentsOf = (all: readonly Record<string, unknown>[]) =>
  all.map((fields, n) => ({
    document: {
      collection: 'contacts',
      legacyId: `d${n}`,
      updatedAt: `2025-01-0${n + 1}T00:00:00.000Z`,
      createdAt: undefined,
      since: `2025-01-0${n + 1}T00:00:00.000Z`,
      fieldTimes: {},
    } as unknown as RecordDocument,
    fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
  }));

const inOrder = (said: ReturnType<typeof documentsOf>) => {
  const order = inTimeOrder(said.map(({ document }) => document));
  return [...said].sort((a, b) => order.indexOf(a.document) - order.indexOf(b.document));
};

for (const [name, fields, rules] of [
  ['leads', leadFields, leadRules],
  ['listings', listingFields, listingRules],
] as const) {
  const documents = fc
    .array(fields as fc.Arbitrary<Record<string, unknown>>, { minLength: 1, maxLength: 5 })
    .map(documentsOf);

  test(`merging ${name} gives the same result in any order of the documents`, () => {
    fc.assert(
      fc.property(
        documents.chain((said) => fc.tuple(fc.constant(said), fc.shuffledSubarray(said, { minLength: said.length }))),
        ([said, shuffled]) => {
          assert.deepEqual(mergeFields(inOrder(shuffled), rules), mergeFields(inOrder(said), rules));
        },
      ),
    );
  });

  test(`merging ${name} loses no value: each is on the record, or among its other values with its document`, () => {
    fc.assert(
      fc.property(documents, (said) => {
        const { fields: merged } = mergeFields(said, rules);
        const others = (merged.otherValues ?? []) as OtherValue[];
        for (const { document, fields } of said) {
          for (const [field, value] of Object.entries(fields)) {
            if (sameValue(merged[field], value)) continue;
            if (rules.joined.includes(field)) {
              for (const item of value as unknown[]) assert.ok((merged[field] as unknown[]).includes(item), field);
              continue;
            }
            const text = typeof value === 'string' ? value : JSON.stringify(value);
            assert.ok(
              others.some(
                (other) => other.field === field && other.value === text && other.legacyId === nameOf(document),
              ),
              `${field} ${text} of ${nameOf(document)}`,
            );
          }
        }
      }),
    );
  });

  test(`the parts of a unit of merged ${name} come from one document, or from documents that do not contradict each other`, () => {
    fc.assert(
      fc.property(documents, (said) => {
        const { fields: merged, sources } = mergeFields(said, rules);
        for (const unit of rules.units) {
          const names = unit.filter((field) => field in merged);
          const from = [...new Set(names.map((field) => sources.get(field)!))];
          if (from.length < 2) continue;
          for (const document of from) {
            const share = said.find((one) => one.document === document)!.fields;
            const common = unit.filter((field) => field in share);
            assert.ok(
              common.every((field) => sameValue(share[field], merged[field])),
              `${unit.join()} of ${nameOf(document)}`,
            );
          }
        }
      }),
    );
  });

  test(`${name} that are not merged stay unchanged`, () => {
    fc.assert(
      fc.property(documents, ([one]) => {
        assert.deepEqual(mergeFields([one!], rules).fields, one!.fields);
      }),
    );
  });
}
