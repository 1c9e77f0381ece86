import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** An entry of a folder; a symbolic link counts as its target. */
export type FolderEntry = { readonly name: string; readonly kind: 'file' | 'folder' | 'other' | 'nowhere' };

/** @throws like `readdir` */
export const listFolder = async (folder: string): Promise<FolderEntry[]> => {
  const entries = await readdir(folder, { withFileTypes: true });
  return await Promise.all(
    entries.map(async (entry) => {
      const found = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => null) : entry;
      return { name: entry.name, kind: kindOf(found) };
    }),
  );
};

const kindOf = (found: Pick<Dirent, 'isFile' | 'isDirectory'> | null): FolderEntry['kind'] => {
  if (found === null) return 'nowhere';
  if (found.isFile()) return 'file';
  return found.isDirectory() ? 'folder' : 'other';
};
