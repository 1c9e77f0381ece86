import { createHash } from 'node:crypto';
import { z } from 'zod';

const text = z.string().max(40_000);
const short = z.string().max(2_000);

const userSchema = z.looseObject({ id: short });

/** A button's value: the keys that `actions` in delivery/slack/build-message.ts put there. */
export const offerValueSchema = z.object({ offerKey: short, contactKey: short, memberKey: short });

const pressSchema = z.looseObject({
  type: z.literal('block_actions'),
  user: userSchema,
  trigger_id: short.optional(),
  response_url: short.optional(),
  container: z.looseObject({ message_ts: short.optional(), channel_id: short.optional() }).optional(),
  actions: z.array(z.looseObject({ action_id: short, value: text.optional(), action_ts: short.optional() })).min(1),
});

const formSchema = z.looseObject({
  type: z.literal('view_submission'),
  user: userSchema,
  trigger_id: short.optional(),
  view: z.looseObject({
    id: short.optional(),
    callback_id: short,
    private_metadata: text.optional(),
    state: z.looseObject({
      values: z.record(
        z.string(),
        z.record(
          z.string(),
          z.looseObject({
            value: text.nullish(),
            selected_option: z.looseObject({ value: text }).nullish(),
          }),
        ),
      ),
    }),
  }),
});

/** Other kinds are acknowledged and mean nothing to us. */
const otherSchema = z.looseObject({ type: short });

/** What POST /slack/interactions brings. */
export const interactionSchema = z.union([pressSchema, formSchema, otherSchema]);

/** What POST /slack/commands brings. */
export const commandSchema = z.looseObject({
  command: short,
  text: text.default(''),
  user_id: short,
  trigger_id: short.optional(),
  response_url: short.optional(),
});

export type Press = z.infer<typeof pressSchema>;
export type Form = z.infer<typeof formSchema>;
export type Interaction = z.infer<typeof interactionSchema>;
export type SlashCommand = z.infer<typeof commandSchema>;

export const isPress = (interaction: Interaction): interaction is Press =>
  interaction.type === 'block_actions' && pressSchema.safeParse(interaction).success;
export const isForm = (interaction: Interaction): interaction is Form =>
  interaction.type === 'view_submission' && formSchema.safeParse(interaction).success;

/** The content of a text from Slack; `null` if it is missing or not JSON. */
export const parseJson = (json: string | undefined): unknown => {
  try {
    return JSON.parse(json ?? 'null');
  } catch {
    return null;
  }
};

/**
 * The same press has the same key, however often it arrives: Slack repeats a request that it thinks was lost, and anyone who
 * recorded one may. A second press of the same button is another one.
 */
export const requestKey = (
  kind: 'interaction' | 'command',
  payload: Interaction | SlashCommand,
  rawBody: Buffer,
): string => {
  const parts: unknown[] = [kind];
  if ('user_id' in payload && 'command' in payload) parts.push(payload.user_id, payload.command, payload.text);
  else if (isPress(payload as Interaction)) {
    const press = payload as Press;
    parts.push(press.user.id, ...press.actions.flatMap((action) => [action.action_id, action.value, action.action_ts]));
  } else if (isForm(payload as Interaction)) {
    const { user, view } = payload as Form;
    parts.push(user.id, view.id, view.callback_id);
  }
  const trigger = typeof payload.trigger_id === 'string' ? payload.trigger_id : null;
  // Without a name of its own, the request is what it says.
  parts.push(trigger ?? rawBody.toString('latin1'));
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
};
