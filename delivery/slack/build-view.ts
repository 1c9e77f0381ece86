import { oneLine, orDash, shortened } from '../../platform/wording/words.ts';
import type { Block } from './build-message.ts';

declare const built: unique symbol;

/** A form that Slack shows in a window of its own (views.open). Only `buildSlackView` makes one. */
export type SlackView = Readonly<Record<string, unknown>> & { readonly [built]: true };

/** docs.slack.dev/reference/views/modal-views, …/block-elements/plain-text-input-element, …/select-menu-element */
const viewLimits = {
  title: 24,
  button: 24,
  label: 2_000,
  option: 75,
  options: 100,
  text: 3_000,
  metadata: 3_000,
} as const;

const plain = (text: string, most: number) => ({
  type: 'plain_text',
  text: orDash(shortened(oneLine(text), most)),
  emoji: false,
});

/** One of a few choices. `value` is what comes back. */
export const choice = (
  id: string,
  label: string,
  options: readonly { readonly label: string; readonly value: string }[],
): Block =>
  ({
    type: 'input',
    block_id: id,
    label: plain(label, viewLimits.label),
    element: {
      type: 'static_select',
      action_id: id,
      options: options
        .slice(0, viewLimits.options)
        .map((option) => ({ text: plain(option.label, viewLimits.option), value: option.value })),
    },
  }) as unknown as Block;

/** Text that a person may write, or leave out. */
export const freeText = (id: string, label: string): Block =>
  ({
    type: 'input',
    block_id: id,
    optional: true,
    label: plain(label, viewLimits.label),
    element: { type: 'plain_text_input', action_id: id, multiline: true, max_length: viewLimits.text },
  }) as unknown as Block;

/**
 * A form that Slack takes, whatever people wrote.
 *
 * @param metadata comes back with the form; keys only, never what people wrote
 * @throws when `metadata` is too long to come back whole
 */
export const buildSlackView = (parts: {
  readonly callbackId: string;
  readonly title: string;
  readonly submit: string;
  readonly blocks: readonly Block[];
  readonly metadata: Readonly<Record<string, string>>;
}): SlackView => {
  const metadata = JSON.stringify(parts.metadata);
  if (metadata.length > viewLimits.metadata) throw new RangeError(`a form's metadata is too long: ${metadata.length}`);
  return {
    type: 'modal',
    callback_id: parts.callbackId,
    title: plain(parts.title, viewLimits.title),
    submit: plain(parts.submit, viewLimits.button),
    close: plain('Cancel', viewLimits.button),
    private_metadata: metadata,
    blocks: parts.blocks,
  } as unknown as SlackView;
};
