import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from '../delivery/sending/send-due.ts';
import { exitCodes, userError } from '../platform/errors.ts';
import type { JobOutcome } from '../schedulers/running/job-run.ts';
import type { Context } from './context.ts';
import type { Workspace } from './workspace.ts';

/** Catches the read models up to the last event, and reports those that cannot be. */
export async function catchUpFirst(workspace: Workspace, context: Context): Promise<void> {
  context.keepsWork();
  const { catchUp } = await import('../projections/index.ts');
  const { upgradeReadModels } = await import('./upgrade-read-models.ts');
  for (const done of await upgradeReadModels(workspace, (text) => context.say(`${text}…`))) context.say(done);
  const { projections } = await catchUp(workspace, { signal: workspace.signal });
  for (const { name, error } of projections) {
    if (error !== null) context.say(`the read model ${name} is not up to date: ${error}`);
  }
}

/**
 * Runs a job on a person's request. While another process runs the job, it waits and says so.
 *
 * @throws UserError after a minute of waiting
 */
export async function runWhenFree<Result>(
  context: Context,
  run: () => Promise<JobOutcome<Result>>,
): Promise<Extract<JobOutcome<Result>, { ran: true }>> {
  context.keepsWork();
  const until = Date.now() + 60_000;
  for (let told = false; ; told = true) {
    const outcome = await run();
    if (outcome.ran) return outcome;
    if (Date.now() > until) {
      throw userError(`another process has been running the job for a minute (${outcome.holder ?? 'unknown'})`, {
        code: 'job-busy',
        hint: 'Try again later. `openhouse jobs` shows what is running.',
        exitCode: exitCodes.unreachable,
      });
    }
    if (!told) context.say(`another process (${outcome.holder ?? 'unknown'}) is running this job; waiting for it…`);
    await sleep(500, undefined, { signal: context.signal });
  }
}

/** Sends the messages that are due, to Postmark and Slack or to the preview. */
export async function send(workspace: Workspace, context: Context): Promise<Delivery> {
  const { openTransports } = await import('../delivery/sending/transports.ts');
  const { deliverAll } = await import('../schedulers/delivering/deliver-outbox.ts');
  const transports = await openTransports(workspace.db, workspace.config);
  try {
    const delivery = await deliverAll({ ...workspace, transports });
    for (const [channel, reason] of Object.entries(delivery.stopped)) {
      context.say(`no ${channel === 'email' ? 'e-mails' : 'Slack messages'} are being sent: ${reason}`);
      context.exitWith(exitCodes.needsAttention);
    }
    if (delivery.counts.failed > 0) context.exitWith(exitCodes.needsAttention);
    return delivery;
  } finally {
    await transports.close();
  }
}

/** The result of a delivery as a sentence. */
export function deliveryText({ counts }: Delivery): string {
  const { sent, previewed, failed, retried, withheld } = counts;
  const parts = [
    sent > 0 ? `${sent} sent` : '',
    previewed > 0 ? `${previewed} kept as previews (Postmark or Slack is not configured)` : '',
    retried > 0 ? `${retried} will be retried` : '',
    withheld > 0 ? `${withheld} withheld` : '',
    failed > 0 ? `${failed} failed (\`openhouse outbox list --state failed\`)` : '',
  ].filter((part) => part !== '');
  return `Messages: ${parts.length === 0 ? 'none to send' : parts.join(', ')}.`;
}
