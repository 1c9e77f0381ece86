import type { CommandContext } from '../../commands/execute.ts';
import { buildSlackAnswer } from '../../delivery/slack/build-answer.ts';
import { section } from '../../delivery/slack/build-message.ts';
import { inLines, mrkdwn } from '../../delivery/slack/mrkdwn.ts';
import { shortened } from '../../platform/wording/words.ts';
import type { KnownAgent } from '../../queries/agents/agents-of-slack-user.ts';
import type { Handled } from '../answers.ts';
import type { SlackDeps } from '../deps.ts';
import { listing } from './listing.ts';
import { mine } from './mine.ts';
import { pause, resume } from './pause.ts';
import { why } from './why.ts';

/** `/openhouse …`: what the agent wrote after it. Whatever is not understood gets the help. */
export const runCommand = async (
  deps: SlackDeps,
  text: string,
  agent: KnownAgent,
  context: CommandContext,
): Promise<Handled> => {
  const [, verb = '', rest = ''] = /^\s*(\S*)\s*([\s\S]*?)\s*$/.exec(text) ?? [];
  switch (verb.toLowerCase()) {
    case 'mine':
      return await mine(deps, agent);
    case 'pause':
      return await pause(deps, rest, agent, context);
    case 'resume':
      return await resume(deps, agent, context);
    case 'why':
      return await why(deps, rest, agent);
    case 'listing':
      return await listing(deps, rest);
    case '':
    case 'help':
      return help(null);
    default:
      return help(verb);
  }
};

export const help = (unknown: string | null): Handled => {
  const lines = [
    ...(unknown === null ? [] : [mrkdwn`There is no command “${shortened(unknown, 40)}”.`]),
    mrkdwn`*/openhouse mine*: your leads and the offers waiting for you`,
    mrkdwn`*/openhouse pause 2h*: no offers for two hours (or 3 days, 1 week; without a time: until you resume)`,
    mrkdwn`*/openhouse resume*: offers again`,
    mrkdwn`*/openhouse why Ana Lopez*: why a lead was offered to you`,
    mrkdwn`*/openhouse listing RX-10912345*: a listing by its MLS number`,
  ];
  return {
    outcome: unknown === null ? 'help' : 'command-unknown',
    answer: buildSlackAnswer('What /openhouse can do', [section(inLines(lines))]),
  };
};
