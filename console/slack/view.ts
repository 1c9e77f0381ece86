import { z } from 'zod';
import type { Form } from '../../slack/payload.ts';

const textSchema = z.looseObject({ text: z.string() });
const inputSchema = z.looseObject({
  type: z.literal('input'),
  block_id: z.string(),
  optional: z.boolean().optional(),
  label: textSchema,
  element: z.looseObject({
    type: z.string(),
    action_id: z.string(),
    max_length: z.number().optional(),
    options: z.array(z.looseObject({ text: textSchema, value: z.string() })).optional(),
  }),
});
const viewSchema = z.looseObject({
  callback_id: z.string(),
  private_metadata: z.string().optional(),
  title: textSchema,
  submit: textSchema,
  blocks: z.array(z.unknown()),
});

/** A form of Slack's as the console shows it. */
export type ShownView = {
  readonly title: string;
  readonly submit: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly label: string;
    readonly required: boolean;
    readonly maxLength: number | undefined;
    /** Missing: text. */
    readonly options: readonly { readonly label: string; readonly value: string }[] | undefined;
  }[];
};

export const shownView = (body: unknown): ShownView | null => {
  const view = viewSchema.safeParse(body).data;
  if (view === undefined) return null;
  return {
    title: view.title.text,
    submit: view.submit.text,
    inputs: inputsOf(view.blocks).map(({ block_id, label, optional, element }) => ({
      name: block_id,
      label: label.text,
      required: optional !== true,
      maxLength: element.max_length,
      options: element.options?.map(({ text, value }) => ({ label: text.text, value })),
    })),
  };
};

/** What Slack sends when a person has filled in the form. @returns `null` when there is no such form */
export const submissionOf = (
  body: unknown,
  filled: Readonly<Record<string, string>>,
  { userId, press }: { readonly userId: string; readonly press: string },
): Form | null => {
  const view = viewSchema.safeParse(body).data;
  if (view === undefined) return null;
  const values = Object.fromEntries(
    inputsOf(view.blocks).map(({ block_id, element }) => {
      const given = filled[block_id] ?? '';
      const state =
        element.type === 'static_select'
          ? { type: element.type, selected_option: given === '' ? null : { value: given } }
          : { type: element.type, value: given === '' ? null : given };
      return [block_id, { [element.action_id]: state }];
    }),
  );
  return {
    type: 'view_submission',
    user: { id: userId },
    trigger_id: `${press}-form`,
    view: {
      id: press,
      callback_id: view.callback_id,
      private_metadata: view.private_metadata ?? '',
      state: { values },
    },
  };
};

const inputsOf = (blocks: readonly unknown[]) => blocks.flatMap((block) => inputSchema.safeParse(block).data ?? []);
