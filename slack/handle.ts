import type { CommandContext } from '../commands/execute.ts';
import { answerWith, type Handled, stranger } from './answers.ts';
import { runCommand } from './commands/run.ts';
import type { SlackDeps } from './deps.ts';
import { accept, pass, passForm, whyNotPass } from './offers.ts';
import {
  commandSchema,
  type Form,
  interactionSchema,
  isForm,
  isPress,
  offerValueSchema,
  type Press,
  parseJson,
} from './payload.ts';
import type { SlackRequest } from './requests.ts';
import { agentOf } from './who.ts';

/**
 * Does what a request asks for on behalf of the agent who sent it, and answers. It may run twice (a crash in
 * between): the commands make sure that it counts once. An answer that Slack rejects is lost; what was done stays.
 *
 * @returns the outcome, for the records @throws when it has to be tried again: a server does not answer
 */
export const handleRequest = async (deps: SlackDeps, request: SlackRequest): Promise<string> => {
  const { handled, responseUrl } = await resultOf(deps, request);
  if (handled.answer !== null && responseUrl !== undefined) {
    await deps.slackApi.answer(responseUrl, handled.answer).catch((error: unknown) => {
      deps.log.warn({ err: error, slackRequestId: request.slackRequestId }, 'Slack did not take an answer');
    });
  }
  return handled.outcome;
};

type Result = { readonly handled: Handled; readonly responseUrl: string | undefined };

const nothing: Result = { handled: { outcome: 'ignored', answer: null }, responseUrl: undefined };

const resultOf = async (deps: SlackDeps, request: SlackRequest): Promise<Result> => {
  if (request.kind === 'command') {
    const command = commandSchema.parse(request.payload);
    const agent = await agentOf(deps, command.user_id);
    const handled =
      agent === null
        ? stranger(command.user_id)
        : await runCommand(deps, command.text, agent, contextOf(request, command.user_id));
    return { handled, responseUrl: command.response_url };
  }
  const interaction = interactionSchema.parse(request.payload);
  if (isPress(interaction)) return await pressed(deps, request, interaction);
  return isForm(interaction) ? await sent(deps, request, interaction) : nothing;
};

const pressed = async (deps: SlackDeps, request: SlackRequest, press: Press): Promise<Result> => {
  const [action] = press.actions;
  const keys = offerValueSchema.safeParse(parseJson(action!.value)).data;
  const responseUrl = press.response_url;
  if (keys === undefined || !['accept_lead', 'pass_lead'].includes(action!.action_id)) return nothing;
  const agent = await agentOf(deps, press.user.id);
  if (agent === null) return { handled: stranger(press.user.id), responseUrl };
  if (action!.action_id === 'accept_lead') {
    return { handled: await accept(deps, keys, agent, contextOf(request, press.user.id)), responseUrl };
  }
  const tooLate = await whyNotPass(deps, keys, agent, request.receivedAt);
  if (tooLate !== null) return { handled: tooLate, responseUrl };
  try {
    await deps.slackApi.openView(press.trigger_id ?? '', passForm(keys, responseUrl ?? ''));
    return { handled: { outcome: 'form-opened', answer: null }, responseUrl };
  } catch (error) {
    deps.log.warn({ err: error, slackRequestId: request.slackRequestId }, 'Slack did not open a form');
    return {
      handled: answerWith('form-refused', 'Slack did not open the form. Please press Pass once more.'),
      responseUrl,
    };
  }
};

const sent = async (deps: SlackDeps, request: SlackRequest, { user, view }: Form): Promise<Result> => {
  const metadata = parseJson(view.private_metadata) as Record<string, unknown> | null;
  const keys = offerValueSchema.omit({ memberKey: true }).safeParse(metadata).data;
  if (view.callback_id !== 'pass_lead' || keys === undefined) return nothing;
  const responseUrl =
    typeof metadata?.responseUrl === 'string' && metadata.responseUrl ? metadata.responseUrl : undefined;
  const agent = await agentOf(deps, user.id);
  if (agent === null) return { handled: stranger(user.id), responseUrl };
  const { values } = view.state;
  const given = {
    reason: values.reason?.reason?.selected_option?.value ?? null,
    note: values.note?.note?.value ?? null,
  };
  return { handled: await pass(deps, keys, given, agent, contextOf(request, user.id)), responseUrl };
};

/** Everything happened when the request came: an answer that was given in time is not late because we were. */
const contextOf = ({ slackRequestId, receivedAt }: SlackRequest, slackUserId: string): CommandContext => ({
  actor: { kind: 'slack', id: slackUserId },
  source: 'slack',
  occurredAt: receivedAt.toISOString(),
  correlationId: `slack/${slackRequestId}`,
  causationId: `slack/${slackRequestId}`,
});
