import assert from 'node:assert/strict';
import * as BSON from 'bson';
import type { OwnedType } from '../../../../../domain/ownership/index.ts';
import type { CompiledMapping } from '../../../../../importers/mappings/compile.ts';
import { rawDocument } from '../../../../../importers/owned/writing/edits.ts';
import { homeGrown, shown, written } from '../written.ts';

/** Writes changes, and expects nothing to be different but these fields. */
export const expectWritten = (
  aggregate: OwnedType,
  before: object,
  changes: object,
  after: object,
  mapping: CompiledMapping = homeGrown,
) => {
  const { document, unsaid } = written(aggregate, before, changes, {}, mapping);
  assert.deepEqual(unsaid, []);
  const stored = (fields: object) =>
    shown(rawDocument(BSON as never, BSON.serialize(fields, { ignoreUndefined: true })));
  assert.equal(stored(document), stored({ ...before, ...after }));
};
