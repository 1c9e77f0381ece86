import type { Policy } from '../../domain/routing-policy/index.ts';
import { errorMessage, exitCodes, userError } from '../../platform/errors.ts';
import type { Context } from '../context.ts';
import type { Workspace } from '../workspace.ts';

/** A problem in a policy, with its line and key. */
export type Said = {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly line: number;
  readonly key: string;
  readonly message: string;
};

export const problemText = (file: string, { severity, line, key, message }: Said) =>
  `${file}:${line}: ${severity}: ${key === '' ? '' : `${key}: `}${message}`;

/** @throws UserError when there is no such file */
export async function readPolicyFile(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return await readFile(file, 'utf8').catch((error: unknown) => {
    throw userError(`${file} cannot be read: ${errorMessage(error)}`, {
      code: 'file-unreadable',
      exitCode: exitCodes.usage,
    });
  });
}

/** Reads a usable policy, and reports its problems. @throws UserError when it cannot be used */
export async function examinePolicyFile(workspace: Workspace, file: string, context: Context): Promise<Policy> {
  const { policy, said } = await examinePolicy(workspace, await readPolicyFile(file));
  for (const one of said) context.say(problemText(file, one));
  if (policy === null) {
    throw userError(`${file} cannot be used`, { code: 'policy-invalid', hint: 'The lines above give the reasons.' });
  }
  return policy;
}

/** Reads a policy and checks it against the people on record. `policy` is `null` when it could not be published. */
export async function examinePolicy(
  { db }: Workspace,
  yaml: string,
): Promise<{ policy: Policy | null; said: readonly Said[] }> {
  const { namedMembers, readPolicy, withMemberKeys } = await import('../../commands/policy/read-policy.ts');
  const { findKeys } = await import('../../history/find-record.ts');
  const { checkPolicy } = await import('../../matching/policy/check-policy.ts');
  const { readPolicyMembers } = await import('../../queries/agents/policy-members.ts');
  const { policy, problems, lineOf } = readPolicy(yaml);
  const said = (found: readonly (Omit<Said, 'line' | 'key'> & { readonly path: readonly (string | number)[] })[]) =>
    found.map(({ path, severity, code, message }) => ({
      severity,
      code,
      line: lineOf(path),
      key: path.join('.'),
      message,
    }));
  if (policy === null) return { policy: null, said: said(problems) };
  const named = namedMembers(policy);
  const keys = await findKeys(
    db,
    'agent',
    named.map(({ name }) => name),
  );
  const ambiguous = named
    .filter(({ name }) => (keys.get(name)?.length ?? 0) > 1)
    .map(({ path, name }) => ({
      severity: 'error' as const,
      code: 'agent-ambiguous',
      path,
      message: `${name} could be several people: give the e-mail address or the key`,
    }));
  const resolved = withMemberKeys(policy, (name) => (keys.get(name)?.length === 1 ? keys.get(name)![0] : undefined));
  const found = [...ambiguous, ...checkPolicy(resolved, await readPolicyMembers(db))];
  const errors = found.some(({ severity }) => severity === 'error');
  return { policy: errors ? null : resolved, said: said(found).sort((a, b) => a.line - b.line) };
}
