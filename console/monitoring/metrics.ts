import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { reportTypes } from '../../delivery/reports/read-report.ts';
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
  const reports = gauge('postmark_reports', 'Reports of Postmark in the last week, by what came of them.', [
    'type',
    'result',
  ]);
  const lastReport = gauge(
    'postmark_last_report_seconds',
    'When Postmark last reported anything, Unix time; 0: never.',
    [],
  );
  const reportsWaiting = gauge('postmark_reports_waiting', 'Reports of Postmark that are not applied yet.', []);
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
    for (const each of [
      up,
      processes,
      outbox,
      reports,
      jobResult,
      jobStarted,
      jobTook,
      behind,
      newest,
      notApplied,
      deletions,
    ])
      each.reset();
    for (const { name, working, awaySince } of health.parts) {
      up.set({ part: name }, working ? 1 : 0);
      away.set({ part: name }, awaySince === null ? 0 : awaySince.getTime() / 1000);
    }
    for (const { channel, state, count } of health.outbox) outbox.set({ channel, state }, count);
    const { counts, lastReceivedAt, waiting } = health.postmarkReports;
    for (const { recordType, result, count } of counts) reports.inc({ type: knownType(recordType), result }, count);
    lastReport.set((lastReceivedAt?.getTime() ?? 0) / 1000);
    reportsWaiting.set(waiting);
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
      if (lastRun === null || lastRun.result === 'running' || lastRun.result === 'interrupted') continue;
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

/** A type that we do not know is whatever somebody sent. */
const knownType = (type: string | null): string => (type !== null && reportTypes.includes(type) ? type : 'other');
