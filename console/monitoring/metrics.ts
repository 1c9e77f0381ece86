import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { registerProjectionMetrics } from '../../projections/index.ts';
import { conditions } from '../../queries/conditions/list.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { ReadHealth } from './health.ts';

/**
 * The console's metrics for Prometheus, from the same examination as `/health`. No personal data in labels.
 */
export const createMetrics = (
  deps: ConsoleDeps,
  readHealth: ReadHealth,
): { readonly contentType: string; render(): Promise<string> } => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = <const Labels extends readonly string[]>(name: string, help: string, labelNames: Labels) =>
    new Gauge({ name: `openhouse_${name}`, help, labelNames: [...labelNames], registers: [registry] });

  const up = gauge('part_up', 'Whether a server answers (1) or not (0).', ['part']);
  const away = gauge(
    'part_away_since_seconds',
    'The Unix time since when this process has not been able to reach a server; 0 while it can.',
    ['part'],
  );
  const condition = gauge('condition', 'Number of findings of a condition; 0 when it does not hold.', ['condition']);
  const processes = gauge('processes', 'Running processes, by role.', ['role']);
  const outbox = gauge('outbox_messages', 'Messages in the outbox.', ['channel', 'state']);
  const quarantined = gauge('quarantined_documents', 'Imported documents that could not become records.', []);
  const jobResult = gauge('job_last_run_succeeded', 'Whether the last run of a job succeeded.', ['job']);
  const jobStarted = gauge('job_last_run_started_seconds', 'When the last run of a job started, Unix time.', ['job']);
  const jobTook = gauge('job_last_run_duration_seconds', 'How long the last run of a job took.', ['job']);

  const behind = gauge('legacy_behind_seconds', 'For how long changes of the old CRM may be missing here.', ['source']);
  const newest = gauge('legacy_newest_change_seconds', 'The newest change seen in the old CRM, Unix time.', ['source']);
  const notApplied = gauge(
    'legacy_oldest_not_applied_seconds',
    'The oldest change in the old CRM that is known and not applied, Unix time; 0 when there is none.',
    ['source'],
  );
  const deletions = gauge('legacy_deletions_waiting', 'Deletions in the old CRM that wait for a person.', ['source']);

  // A separate registry, because these cannot be measured while the event store is unavailable.
  const projections = new Registry();
  registerProjectionMetrics(projections, deps);

  const fill = (health: Awaited<ReturnType<ReadHealth>>): void => {
    for (const each of [up, processes, outbox, jobResult, jobStarted, jobTook, behind, newest, notApplied, deletions])
      each.reset();
    for (const { name, working, awaySince } of health.parts) {
      up.set({ part: name }, working ? 1 : 0);
      away.set({ part: name }, awaySince === null ? 0 : awaySince.getTime() / 1000);
    }
    for (const { channel, state, count } of health.outbox) outbox.set({ channel, state }, count);
    for (const { name } of conditions) {
      condition.set({ condition: name }, health.problems.filter((problem) => problem.condition === name).length);
    }
    for (const role of health.processes.flatMap(({ roles }) => roles)) processes.inc({ role });
    quarantined.set(health.quarantined);
    if (health.following !== null) {
      const { source, behindMs, newestChangeAt, oldestNotAppliedAt, deletionsWaiting } = health.following;
      if (behindMs !== null) behind.set({ source }, behindMs / 1000);
      newest.set({ source }, (newestChangeAt?.getTime() ?? 0) / 1000);
      notApplied.set({ source }, (oldestNotAppliedAt?.getTime() ?? 0) / 1000);
      deletions.set({ source }, deletionsWaiting);
    }
    for (const { job, lastRun } of health.jobs) {
      if (lastRun === null || lastRun.result === 'running') continue;
      jobResult.set({ job }, lastRun.result === 'succeeded' ? 1 : 0);
      jobStarted.set({ job }, lastRun.startedAt.getTime() / 1000);
      jobTook.set({ job }, (lastRun.durationMs ?? 0) / 1000);
    }
  };
  return {
    contentType: registry.contentType,
    async render() {
      const health = await readHealth();
      fill(health);
      const measurable = health.status !== 'down' && health.projections.length > 0;
      const measured = measurable ? await projections.metrics().catch(() => '') : '';
      return `${await registry.metrics()}${measured}`;
    },
  };
};
