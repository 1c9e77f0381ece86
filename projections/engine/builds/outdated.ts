import type { Build } from './builds.ts';
import type { ProjectionCode } from './code.ts';
import { openSandbox } from './sandbox.ts';
import { expectedShape } from './tables.ts';

/**
 * Whether a live build cannot serve the code on disk: its version is older, or it lacks a column (columns follow from
 * the domain's fields, and a field may be new).
 */
export const fallsShort = (live: Build, { projection, hash }: ProjectionCode): boolean => {
  if (live.version < projection.version) return true;
  if (live.codeHash === hash) return false;
  const there = new Set(expectedShape(openSandbox(live.code).projection));
  return expectedShape(projection).some((column) => !there.has(column));
};
