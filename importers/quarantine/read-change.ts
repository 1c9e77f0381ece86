import { type Change, pathProblem } from '../staging/edits/changes.ts';

/**
 * A value as people type it: JSON (`450000`, `true`, `null`, `["a", "b"]`, `{"$oid": "…"}`) if it is that, otherwise text. A number that
 * JavaScript would change (`0123`, an ID of 20 digits) is text.
 */
export const readTyped = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'number' && String(value) !== text.trim() ? text : value;
  } catch {
    return text;
  }
};

/** `listing.price=450000` as a change, or what is wrong with it. */
export const readAssignment = (text: string): Change | { readonly problem: string } => {
  const at = text.indexOf('=');
  if (at < 1) return { problem: `"${text}" is not a change: write path=value, such as email=ana@example.com` };
  const path = text.slice(0, at).trim();
  const problem = pathProblem(path);
  return problem === undefined ? { path, value: readTyped(text.slice(at + 1)) } : { problem };
};

/** A path whose value is removed, or what is wrong with it. */
export const readRemoval = (text: string): Change | { readonly problem: string } => {
  const path = text.trim();
  const problem = pathProblem(path);
  return problem === undefined ? { path, unset: true } : { problem };
};
