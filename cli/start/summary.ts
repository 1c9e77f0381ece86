import type { CollectionCounts } from '../../importers/dump/import-dump.ts';
import { collectionLabel } from '../../importers/reporting/collection-labels.ts';
import type { OnHold } from '../../schedulers/alerts/searches/on-hold.ts';
import { renderTable } from '../output/table.ts';
import { counted, number } from '../output/words.ts';

/** What became of a collection's documents; `read` is the sum of the others. */
export type CollectionSums = Pick<
  CollectionCounts,
  'read' | 'applied' | 'unchanged' | 'merged' | 'quarantined' | 'skipped'
>;

/** What `openhouse start` did, and what there is now. This is its JSON. */
export type StartSummary = {
  /** The imported dumps, in order. */
  dumps: { folder: string; events: number; documents: number; seconds: number }[];
  /** Totals of all dumps. */
  collections: Record<string, CollectionSums>;
  /** Appended by imports and by lead matching. */
  events: number;
  /** Messages queued for buyers and agents. */
  messages: number;
  alerts: { digests: number; homes: number };
  leads: { offered: number; escalated: number; withoutAgent: number };
  /** What the outbox did with its messages. */
  delivery: { sent: number; previewed: number; failed: number };
  /** What is there now. */
  now: {
    listings: number;
    onTheMarket: number;
    leads: number;
    agents: number;
    savedSearches: number;
    quarantined: number;
  };
  /** The saved searches for which nothing is sent until someone corrects them. */
  onHold: OnHold;
  /** What needs attention: read models that are not up to date, parked events, stopped channels, unreadable files. */
  problems: string[];
  /** What was not done, and why. */
  notes: string[];
  /** Where the console is; null with --once. */
  console: string | null;
};

const sums: readonly (keyof CollectionSums)[] = ['read', 'applied', 'unchanged', 'merged', 'quarantined', 'skipped'];

/** Adds a dump's counts to the totals. */
export function addCollections(
  total: Record<string, CollectionSums>,
  more: Readonly<Record<string, CollectionSums | undefined>>,
): void {
  for (const [name, counts] of Object.entries(more)) {
    if (counts === undefined) continue;
    const sum = total[name] ?? { read: 0, applied: 0, unchanged: 0, merged: 0, quarantined: 0, skipped: 0 };
    for (const key of sums) sum[key] += counts[key];
    total[name] = sum;
  }
}

/** The summary for a broker. */
export function renderSummary(summary: StartSummary): string {
  const { collections, now, onHold, alerts, leads, messages, delivery, events, problems } = summary;
  const table = renderTable(
    ['From the old CRM', ...sums],
    Object.entries(collections).map(([name, counts]) => [
      collectionLabel(name),
      ...sums.map((key) => number(counts[key])),
    ]),
  );
  const news = events === 0 && messages === 0;
  return [
    ...(Object.keys(collections).length === 0 ? [] : [table, '']),
    news ? 'Nothing new since last time.' : `${counted(events, 'change')} recorded as events.`,
    `There are now ${counted(now.listings, 'listing')} (${number(now.onTheMarket)} on the market), ${counted(now.leads, 'lead')}, ` +
      `${counted(now.agents, 'agent')} and ${counted(now.savedSearches, 'saved search', 'saved searches')}.`,
    ...(news
      ? []
      : [
          `Buyers: ${counted(alerts.digests, 'e-mail')} about ${counted(alerts.homes, 'home')} (new, back on the market, or with a new price).`,
          `Leads: ${counted(leads.offered, 'new lead')} offered to the best-matching agent` +
            `${leads.escalated === 0 ? '' : `; ${number(leads.escalated)} that no agent fits given to a person`}` +
            `${leads.withoutAgent === 0 ? '' : `; ${number(leads.withoutAgent)} without a matching agent (\`openhouse leads match\` shows why)`}.`,
          `Messages: ${delivered(messages, delivery)}.`,
        ]),
    ...(now.quarantined === 0
      ? []
      : [
          `In quarantine: ${counted(now.quarantined, 'document')} that could not become ${now.quarantined === 1 ? 'a record, with the reason' : 'records, each with the reason'}.`,
        ]),
    ...(onHold.searches === 0
      ? []
      : [
          `${counted(onHold.searches, 'active saved search is', 'active saved searches are')} on hold, so nothing is sent for them ` +
            `(\`openhouse alerts on-hold\` lists them):`,
          ...Object.entries(onHold.byReason).map(([reason, count]) => `  ${number(count)} with ${reason}`),
        ]),
    ...(onHold.switchedOff === 0
      ? []
      : [`Saved searches that are switched off, and would be on hold otherwise: ${number(onHold.switchedOff)}.`]),
    ...summary.notes.map((note) => `Note: ${note}.`),
    ...problems.map((problem) => `Problem: ${problem}`),
    '',
    summary.console === null
      ? 'To look around, try `openhouse history` and `openhouse jobs`; `openhouse start` without --once serves the console.'
      : `Console: ${summary.console} (Ctrl-C stops everything)`,
  ].join('\n');
}

function delivered(messages: number, { sent, previewed, failed }: StartSummary['delivery']): string {
  const parts = [
    sent === 0 ? '' : `${number(sent)} sent`,
    previewed === 0
      ? ''
      : `${number(previewed)} kept as previews (Postmark and Slack are not configured, so nothing left this machine)`,
    failed === 0 ? '' : `${number(failed)} failed`,
  ].filter((part) => part !== '');
  return [`${number(messages)} queued`, ...parts].join(', ');
}
