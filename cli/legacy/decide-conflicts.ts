import type { Selection } from '../../importers/differences/selecting.ts';
import { exitCodes, userError } from '../../platform/errors.ts';
import { usage } from '../arguments.ts';
import type { Context } from '../context.ts';
import { withWorkspace } from '../workspace.ts';
import { askedBy } from './asked-by.ts';
import { decisionText, lookText } from './conflict-text.ts';
import { calledAs } from './record-called.ts';
import { sharedLines } from './shared-text.ts';

type Given = {
  readonly action: 'accept' | 'refuse';
  readonly selection: Selection;
  /** The fields to accept, of which each conflict has at least one; its others are refused. `undefined`: all. */
  readonly only: readonly string[] | undefined;
  readonly person: string;
  readonly because: string;
  /** What `--dry-run` printed; `undefined` if it is not given. */
  readonly seen: string | undefined;
  /** The options as they were given, for showing the next command. */
  readonly options: string;
};

/** Shows what accepting or refusing all of these conflicts would do. */
export const showDecision = async (context: Context, { action, selection, only, options }: Given): Promise<void> => {
  const { withAnyOf } = await import('../../importers/owned/deciding/decision.ts');
  const { lookAt } = await import('../../importers/owned/deciding/look.ts');
  await withWorkspace(context, async ({ db, store }) => {
    const look = await lookAt({ db, store }, withAnyOf(selection, only));
    const called = await calledAs(
      db,
      look.samples.map(({ recordKey }) => recordKey),
    );
    const joined = action === 'accept' ? await sharedLines(db, look.joined.first) : [];
    const next = `openhouse conflicts ${action} ${options} --seen ${look.seen} --because "…"`;
    context.print({ dryRun: true, action, selection, ...(only && { only }), ...look }, () =>
      lookText(look, { action, only, next, joined }, called, context.config().timeZone),
    );
  });
};

/** Accepts or refuses all of them, except those that have come or changed since the person looked. */
export const decideAll = async (context: Context, given: Given): Promise<void> => {
  const { action, selection, only, person, because, seen } = given;
  if (seen === undefined)
    throw usage(
      'look first: --dry-run shows the conflicts, and the value for --seen',
      'Conflicts that change after you looked stay open.',
    );
  const { carryOutDecisions, decisionNow } = await import('../../importers/owned/deciding/decide-all.ts');
  const { beginDecision, endDecision } = await import('../../importers/owned/deciding/decision.ts');
  const { startProgress } = await import('../../platform/progress.ts');
  await withWorkspace(context, async (workspace) => {
    const { db, clock, signal } = workspace;
    const deps = { ...workspace, say: context.say, progress: startProgress };
    // One that was killed is completed in the name of whoever made it.
    await carryOutDecisions(deps, { signal, wait: true });
    const decisionId = await beginDecision(db, { action, selection, only, seen }, askedBy(person, because));
    const rejections = await carryOutDecisions(deps, { signal, wait: true }).catch(async (error: unknown) => {
      if (!signal.aborted) throw error;
      await endDecision(db, decisionId, clock.now());
      return [];
    });
    const stopped = signal.aborted;
    const decision = await decisionNow(db, decisionId);
    const { selected, decided, rejected, changed, unseen } = decision;
    if (decided < selected + unseen) context.exitWith(exitCodes.needsAttention);
    const counts = { selected, decided, rejected, changed, unseen };
    context.print(
      { dryRun: false, decisionId, action, selection, ...(only && { only }), stopped, ...counts, rejections },
      () => decisionText(decision, rejections, stopped),
    );
    if (stopped)
      throw userError('stopped before all of them were decided', {
        code: 'interrupted',
        exitCode: exitCodes.interrupted,
        hint: 'Those that were decided stay decided, and the others stay open. Run the same command again for the others.',
      });
  });
};
