import assert from 'node:assert/strict';
import { readCriteria } from '../../../../importers/legacy/criteria/read-criteria.ts';

/** Asserts that a query is understood completely. @param corrections the codes of what was corrected */
export const understood = (query: unknown, criteria: object, corrections: readonly string[] = []) => {
  const read = readCriteria(query);
  assert.deepEqual(read?.problems, [], JSON.stringify(query));
  assert.deepEqual(read?.criteria, criteria, JSON.stringify(query));
  assert.deepEqual(
    read?.corrections.map(({ code }) => code),
    corrections,
    JSON.stringify(query),
  );
};

/** Asserts that a query goes on hold. @param problems `criterion code` of each */
export const held = (query: unknown, ...problems: readonly string[]) => {
  const read = readCriteria(query);
  assert.deepEqual(
    read?.problems.map(({ criterion, code }) => `${criterion} ${code}`),
    problems,
    JSON.stringify(query),
  );
};

/** The criteria of most of these queries. */
export const boca = { cities: ['Boca Raton'] };
