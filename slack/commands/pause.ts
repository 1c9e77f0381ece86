import { pauseAgent } from '../../commands/agents/pause-agent.ts';
import { resumeAgent } from '../../commands/agents/resume-agent.ts';
import type { CommandContext } from '../../commands/execute.ts';
import { buildSlackAnswer } from '../../delivery/slack/build-answer.ts';
import { section } from '../../delivery/slack/build-message.ts';
import { moment, mrkdwn } from '../../delivery/slack/mrkdwn.ts';
import type { Pause } from '../../domain/agent/index.ts';
import { localTime } from '../../matching/working-hours.ts';
import { parseDuration } from '../../platform/wording/duration.ts';
import type { KnownAgent } from '../../queries/agents/agents-of-slack-user.ts';
import { answerWith, type Handled } from '../answers.ts';
import type { SlackDeps } from '../deps.ts';

/** `/openhouse pause`, with or without a time span; it counts from when the command came. */
export const pause = async (
  { store, config }: SlackDeps,
  text: string,
  agent: KnownAgent,
  context: CommandContext,
): Promise<Handled> => {
  const ms = text === '' ? null : parseDuration(text);
  if (text !== '' && ms === null) {
    return answerWith('pause-unclear', 'Say for how long: /openhouse pause 2h, 90 minutes, 3 days or 1 week.');
  }
  const now = new Date(context.occurredAt);
  const dayOf = (time: Date) => localTime(time, agent.timeZone ?? config.timeZone).date;
  const until = ms === null ? null : new Date(now.getTime() + ms);
  const wanted: Pause =
    until === null
      ? { from: dayOf(now), to: null }
      : { from: dayOf(now), to: dayOf(until), until: until.toISOString() };
  const result = await pauseAgent(store, { memberKey: agent.memberKey, pause: wanted }, context);
  if (!result.ok) return answerWith(result.rejection.code, `That did not work: ${result.rejection.message}.`);
  const back = 'Offers waiting for you stay open. /openhouse resume ends the pause.';
  if (until === null) return answerWith('paused', `No more offers until you resume. ${back}`);
  return {
    outcome: 'paused',
    answer: buildSlackAnswer(`No more offers for ${text}.`, [
      section(mrkdwn`No more offers until ${moment(until.toISOString())}. ${back}`),
    ]),
  };
};

/** `/openhouse resume` */
export const resume = async ({ store }: SlackDeps, agent: KnownAgent, context: CommandContext): Promise<Handled> => {
  const result = await resumeAgent(store, { memberKey: agent.memberKey }, context);
  if (!result.ok) return answerWith(result.rejection.code, `That did not work: ${result.rejection.message}.`);
  return result.events.length > 0
    ? answerWith('resumed', 'Welcome back: you get offers again.')
    : answerWith('resumed-before', 'You were not paused.');
};
