import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The `.openhouse` folder of the current project: in the nearest ancestor that has one, else in the nearest one with a
 * package.json, else in `from` itself.
 */
export function defaultHome(from: string): string {
  const upwards = [...ancestors(from)];
  const root =
    upwards.find((folder) => existsSync(join(folder, '.openhouse'))) ??
    upwards.find((folder) => existsSync(join(folder, 'package.json'))) ??
    from;
  return join(root, '.openhouse');
}

function* ancestors(folder: string): Generator<string> {
  for (let current = resolve(folder); ; current = dirname(current)) {
    yield current;
    if (dirname(current) === current) return;
  }
}
