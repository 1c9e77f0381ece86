import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { CommandModule } from './context.ts';

export type CommandFile = { readonly name: string; load(): Promise<CommandModule> };

/** The files in cli/commands/, one for each command, named like it; in alphabetical order of the commands. */
export const commandFiles = (): readonly CommandFile[] =>
  readdirSync(new URL('./commands/', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({
      name: basename(path, '.ts'),
      load: async () => (await import(`./commands/${path.replaceAll('\\', '/')}`)) as CommandModule,
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
