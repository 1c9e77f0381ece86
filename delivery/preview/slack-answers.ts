import { type Kysely, sql } from 'kysely';

/** What the Slack preview shows after a press: a form, or an answer. */
export type PreviewAnswer = { readonly kind: 'view' | 'answer'; readonly body: Readonly<Record<string, unknown>> };

export const keepAnswer = async (
  db: Kysely<unknown>,
  press: string,
  kind: PreviewAnswer['kind'],
  body: object,
): Promise<void> => {
  await sql`
    insert into ops.preview_slack_answer (press, kind, body)
    values (${press}, ${kind}, ${JSON.stringify(body)}::jsonb)`.execute(db);
};

/** What has come for a press so far, in order. */
export const readAnswers = async (db: Kysely<unknown>, press: string): Promise<readonly PreviewAnswer[]> => {
  const { rows } = await sql<PreviewAnswer>`
    select kind, body from ops.preview_slack_answer where press = ${press} order by preview_slack_answer_id`.execute(
    db,
  );
  return rows;
};

/** Makes someone a Slack user of the preview, as the workspace knows them: by their e-mail address. */
export const addPreviewUser = async (db: Kysely<unknown>, slackUserId: string, email: string): Promise<void> => {
  await sql`
    insert into ops.preview_slack_user (slack_user_id, email) values (${slackUserId}, ${email})
    on conflict (slack_user_id) do update set email = excluded.email`.execute(db);
};

export const previewUserEmail = async (db: Kysely<unknown>, slackUserId: string): Promise<string | null> => {
  const { rows } = await sql<{ email: string }>`
    select email from ops.preview_slack_user where slack_user_id = ${slackUserId}`.execute(db);
  return rows[0]?.email ?? null;
};
