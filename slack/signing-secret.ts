import type { Kysely } from 'kysely';
import { signingKey } from '../delivery/signed-link.ts';
import type { Config } from '../platform/config/config.ts';

/** The secret that requests of Slack are signed with: of the configuration, or, for the preview, one made here. */
export const signingSecret = async (db: Kysely<unknown>, { slack }: Pick<Config, 'slack'>): Promise<string> =>
  slack?.signingSecret ?? (await signingKey(db, 'slack-preview')).toString('hex');
