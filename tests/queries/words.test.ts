import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countsInWords } from '../../queries/jobs/job-words.ts';
import { jobs } from '../../schedulers/jobs.ts';

test('a count of one is worded in the singular', () => {
  const worded = (count: number) =>
    countsInWords('alerts', { digests: count, onHold: count }).map(({ text }) => `${count} ${text}`);
  assert.deepEqual(worded(1), ['1 e-mail queued', '1 active saved search on hold']);
  assert.deepEqual(worded(2), ['2 e-mails queued', '2 active saved searches on hold']);
});

test('no count that people see has a plural after a 1', () => {
  for (const { name, counts } of jobs) {
    for (const { count, text } of countsInWords(
      name,
      Object.fromEntries(Object.keys(counts).map((each) => [each, 1])),
    )) {
      assert.doesNotMatch(
        `${count} ${text}`,
        /^1 (\w+ )?\w*[^s']s (queued|removed|on|in|without|expired|reminded|are)\b|^1 (are|wait|fit)\b/,
      );
    }
  }
});
