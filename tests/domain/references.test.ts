import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentFieldsSchema } from '../../domain/agent/index.ts';
import { leadFieldsSchema } from '../../domain/lead/index.ts';
import { listingFieldsSchema } from '../../domain/listing/index.ts';
import { referredTo } from '../../domain/record-fields.ts';
import { savedSearchFieldsSchema } from '../../domain/saved-search/index.ts';

test('every field that holds a key says whose key it is', () => {
  // Offices are not records of ours.
  const ours = {
    listing: listingFieldsSchema,
    lead: leadFieldsSchema,
    agent: agentFieldsSchema,
    savedSearch: savedSearchFieldsSchema,
  };
  for (const [aggregate, schema] of Object.entries(ours)) {
    for (const field of Object.keys(schema.shape).filter((name) => name.endsWith('Key') && name !== 'officeKey')) {
      assert.ok(referredTo(aggregate as keyof typeof ours, field), `${aggregate}.${field}`);
    }
  }
  assert.equal(referredTo('listing', 'city'), undefined);
  assert.equal(referredTo('lead', 'toString'), undefined);
});
