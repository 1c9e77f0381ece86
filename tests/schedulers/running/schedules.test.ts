import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newestSlot, nextRuns } from '../../../queries/jobs/job-slots.ts';
import { jobs } from '../../../schedulers/jobs.ts';

const now = new Date('2026-04-01T12:00:30Z');

test('every job has a schedule that can be followed', () => {
  for (const job of jobs) {
    const before = newestSlot(job, 'America/New_York', now);
    assert.ok(before !== null && now.getTime() - before.getTime() <= 24 * 3_600_000, `${job.name}: ${job.schedule}`);
  }
  assert.equal(nextRuns(now, 'America/New_York').length, jobs.length);
});
