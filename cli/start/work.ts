import { relative } from 'node:path';
import { shownUrl } from '../../platform/logging/shown-url.ts';
import type { CaughtUp } from '../../projections/index.ts';
import type { Workspace } from '../workspace.ts';
import { addCollections, type StartSummary } from './summary.ts';

/** What the steps share: the workspace, and the summary that they fill in. */
export type Work = {
  readonly workspace: Workspace;
  readonly summary: StartSummary;
  /** Prints a progress line. */
  say(text: string): void;
};

export function emptySummary(): StartSummary {
  return {
    dumps: [],
    collections: {},
    events: 0,
    messages: 0,
    alerts: { digests: 0, homes: 0 },
    leads: { offered: 0, escalated: 0, withoutAgent: 0 },
    delivery: { sent: 0, previewed: 0, failed: 0 },
    now: { listings: 0, onTheMarket: 0, leads: 0, agents: 0, savedSearches: 0, quarantined: 0 },
    onHold: { searches: 0, byReason: {}, switchedOff: 0 },
    problems: [],
    notes: [],
    console: null,
  };
}

/** Imports a dump folder or a live MongoDB, and catches the read models up. */
export async function importSource({ workspace, summary, say }: Work, source: string): Promise<void> {
  const { importAny } = await import('../../importers/import-any.ts');
  const { isMongoUrl } = await import('../../importers/mongo/connect.ts');
  const folder = isMongoUrl(source) ? shownUrl(source) : source;
  const name = isMongoUrl(source) ? folder : relative(process.cwd(), folder) || folder;
  say(`importing ${name.startsWith('..') ? folder : name}`);
  const { startProgress } = await import('../../platform/progress.ts');
  const { loadMapping } = await import('../../importers/mappings/load-mapping.ts');
  const imported = await importAny({ ...workspace, say, progress: startProgress }, source, {
    quarantineLimit: workspace.config.quarantineLimit,
    mapping: await loadMapping(workspace.config.mapping),
    signal: workspace.signal,
  });
  summary.dumps.push({
    folder,
    events: imported.events,
    documents: imported.documents,
    seconds: imported.seconds,
  });
  addCollections(summary.collections, imported.collections);
  summary.events += imported.events;
  summary.problems.push(...imported.problems.map(({ file, message }) => `${file}: ${message}`));
  await catchUpReadModels({ workspace, summary, say });
}

/** Rebuilds read models of an older release first, because everything that follows needs this release's columns. */
export async function upgradeFirst({ workspace, summary, say }: Work): Promise<void> {
  const { upgradeReadModels } = await import('../upgrade-read-models.ts');
  summary.notes.push(...(await upgradeReadModels(workspace, say)));
}

/** Catches the read models up to the last event. */
export async function catchUpReadModels({ workspace, summary, say }: Work): Promise<CaughtUp> {
  const { catchUp } = await import('../../projections/index.ts');
  const { startProgress } = await import('../../platform/progress.ts');
  say('updating the read models');
  const bar = startProgress('events', 1, 'events');
  let seen = 0;
  try {
    const caughtUp = await catchUp(workspace, {
      signal: workspace.signal,
      onProgress: (events) => {
        seen = Math.max(seen, events);
        bar.update(events, seen);
      },
    });
    for (const { name, parked, error } of caughtUp.projections) {
      if (error !== null) summary.problems.push(`the read model ${name} is not up to date: ${error}`);
      if (parked > 0) summary.problems.push(`${parked} events are parked in ${name}: \`openhouse projections parked\``);
    }
    return caughtUp;
  } finally {
    bar.stop();
  }
}

/** One run of the alerts: matches what changed since the last one against the saved searches. */
export async function tickAlerts({ workspace, summary, say }: Work): Promise<void> {
  const { footerOf } = await import('../../delivery/email/footer.ts');
  const { alerts } = await import('../../schedulers/alerts/job.ts');
  const { runJob } = await import('../../schedulers/running/job-run.ts');
  say('matching homes against saved searches');
  const tick = await runJob(alerts, {
    ...workspace,
    baseUrl: workspace.config.baseUrl,
    footer: footerOf(workspace.config),
  });
  if (!tick.ran) return say(`the alerts are being run by another process (${tick.holder ?? 'just now'})`);
  summary.alerts.digests += tick.result.counts.digests;
  summary.alerts.homes += tick.result.counts.homes;
}

/** Matches leads until none is escalated: the person who gets an escalated lead is notified from the read model, so by the next run. */
export async function matchLeads(work: Work): Promise<void> {
  const { workspace, summary, say } = work;
  const { leadOffers } = await import('../../schedulers/lead-offers/job.ts');
  const { runJob } = await import('../../schedulers/running/job-run.ts');
  say('matching new leads to agents');
  for (let isNoticed = false; !isNoticed; ) {
    const pass = await runJob(leadOffers, { ...workspace, timeZone: workspace.config.timeZone });
    if (!pass.ran) return say(`leads are being matched by another process (${pass.holder ?? 'just now'})`);
    const { offered, nobodyFits, escalated = 0 } = pass.result.counts;
    summary.leads.offered += offered;
    summary.leads.escalated += escalated;
    summary.leads.withoutAgent = nobodyFits;
    // Each is one event.
    summary.events += offered + escalated;
    isNoticed = escalated === 0;
    if (!isNoticed) await catchUpReadModels(work);
  }
}

/** Sends the messages that are due; without API keys, to the preview that the console shows. */
export async function deliver({ workspace, summary, say }: Work): Promise<void> {
  const { openTransports } = await import('../../delivery/sending/transports.ts');
  const { deliverAll } = await import('../../schedulers/delivering/deliver-outbox.ts');
  say('sending messages');
  const transports = await openTransports(workspace.db, workspace.config);
  try {
    const { counts, stopped } = await deliverAll({ ...workspace, transports });
    summary.delivery = { sent: counts.sent, previewed: counts.previewed, failed: counts.failed };
    for (const [channel, why] of Object.entries(stopped))
      summary.problems.push(`no ${channel === 'email' ? 'e-mails' : 'Slack messages'} are being sent: ${why}`);
  } finally {
    await transports.close();
  }
}

/** How many messages have ever been queued. */
export async function countMessages({ db }: Workspace): Promise<number> {
  const { countOutbox } = await import('../../queries/messages/outbox.ts');
  return (await countOutbox(db)).reduce((sum, { count }) => sum + count, 0);
}

/** What there is now, from the read models. */
export async function takeStock({ workspace: { db }, summary }: Work): Promise<void> {
  const { readBrokerage } = await import('../../queries/brokerage.ts');
  const { countQuarantine } = await import('../../queries/importing/quarantine.ts');
  const [brokerage, quarantine] = await Promise.all([readBrokerage(db), countQuarantine(db)]);
  if (brokerage === null) return;
  const { countOnHold } = await import('../../schedulers/alerts/searches/on-hold.ts');
  summary.onHold = await countOnHold(db);
  const { listings, homesOnMarket: onTheMarket, leads, agents, savedSearches } = brokerage;
  const quarantined = quarantine.reduce((sum, { count }) => sum + count, 0);
  summary.now = { listings, onTheMarket, leads, agents, savedSearches, quarantined };
}
