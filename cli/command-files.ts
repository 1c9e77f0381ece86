import { readdirSync } from 'node:fs';
import { basename } from 'node:path';

/** The files in cli/commands/, one for each command, named like it; in alphabetical order of the commands. */
export const commandFiles = (): { readonly name: string; readonly url: string }[] => {
  const folder = new URL('./commands/', import.meta.url);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ name: basename(path, '.ts'), url: new URL(path.replaceAll('\\', '/'), folder).href }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
};
