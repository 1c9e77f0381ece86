import { isCollection, isNode, isPair, LineCounter, parseDocument } from 'yaml';
import { type Policy, policySchema } from '../../domain/routing-policy/index.ts';

/** Something that cannot be read, and where it is: lines and columns count from 1. */
export type ReadingProblem = {
  readonly severity: 'error';
  readonly code: string;
  readonly path: readonly (string | number)[];
  readonly message: string;
};

export type PolicyDocument = {
  /** `null` if it cannot be read; then `problems` says why. */
  readonly policy: Policy | null;
  readonly problems: readonly ReadingProblem[];
  /** The line of what a path leads to or, if that is missing, of the nearest thing around it. */
  readonly lineOf: (path: readonly (string | number)[]) => number;
};

/** No real policy is longer, and reading more would only cost memory. */
const longest = 200_000;

/**
 * Reads a policy from YAML. Names stay as they were written; the caller replaces them with keys (`withMemberKeys`).
 * Anything that is not understood is a problem and never ignored, because a misspelled condition would make a rule
 * wider than intended.
 */
export const readPolicy = (text: string): PolicyDocument => {
  const lines = new LineCounter();
  const failed = (code: string, message: string, line = 1): PolicyDocument => ({
    policy: null,
    problems: [{ severity: 'error', code, path: [], message }],
    lineOf: () => line,
  });
  if (text.length > longest) return failed('too-long', `a policy has at most ${longest} characters`);
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) return failed('not-yaml', broken.message, lines.linePos(broken.pos[0]).line);

  const lineOf = (path: readonly (string | number)[]): number => {
    for (let length = path.length; length > 0; length--) {
      const offset = offsetOf(document.contents, path.slice(0, length));
      if (offset !== undefined) return lines.linePos(offset).line;
    }
    return 1;
  };
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    return failed('not-yaml', error instanceof Error ? error.message : String(error));
  }
  const parsed = policySchema.safeParse(plain);
  if (parsed.success) return { policy: parsed.data, problems: [], lineOf };
  const problems = parsed.error.issues.flatMap((issue): ReadingProblem[] => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        severity: 'error',
        code: 'key-unknown',
        path: [...path, key],
        message: `${key} is not a valid key here`,
      }));
    }
    return [{ severity: 'error', code: 'value-invalid', path, message: issue.message }];
  });
  return { policy: null, problems, lineOf };
};

/** The offset, in characters, of the key or list item that a path leads to. */
const offsetOf = (root: unknown, path: readonly (string | number)[]): number | undefined => {
  let node = root;
  let offset: number | undefined;
  for (const part of path) {
    if (!isCollection(node)) return undefined;
    if (typeof part === 'number') {
      const item: unknown = node.items[part];
      if (!isNode(item)) return undefined;
      node = item;
      offset = item.range?.[0];
      continue;
    }
    const pair = node.items.find(
      (item) => isPair(item) && String(isNode(item.key) ? (item.key as { value?: unknown }).value : item.key) === part,
    );
    if (!isPair(pair)) return undefined;
    offset = isNode(pair.key) ? pair.key.range?.[0] : offset;
    node = pair.value;
  }
  return offset;
};

/** Every member of the brokerage that a policy names, with the path. */
export const namedMembers = (
  policy: Policy,
): readonly { readonly path: (string | number)[]; readonly name: string }[] => {
  const named: { path: (string | number)[]; name: string }[] = [];
  const add = (path: (string | number)[], name: string) => {
    if (name !== 'broker') named.push({ path, name });
  };
  add(['escalateTo'], policy.escalateTo);
  for (const [index, rule] of policy.rules.entries()) {
    const at = ['rules', index];
    if (rule.escalateTo !== undefined) add([...at, 'escalateTo'], rule.escalateTo);
    if (Array.isArray(rule.when?.listingAgents)) {
      for (const [place, name] of rule.when.listingAgents.entries()) add([...at, 'when', 'listingAgents', place], name);
    }
    for (const [number, { offerTo, turns }] of rule.chain.entries()) {
      const step = [...at, 'chain', number];
      const agents = typeof offerTo === 'string' ? [] : (offerTo.agents ?? []);
      for (const [place, name] of agents.entries()) add([...step, 'offerTo', 'agents', place], name);
      for (const name of Object.keys(turns ?? {})) add([...step, 'turns', name], name);
    }
  }
  return named;
};

/**
 * The policy with every member's name (an e-mail address, a full name, a key) replaced by their key. So a published
 * policy has no personal data, and still means the same person if their address changes. A name that `keyOf` does not
 * know stays unchanged.
 */
export const withMemberKeys = (policy: Policy, keyOf: (name: string) => string | undefined): Policy => {
  const key = (name: string) => (name === 'broker' ? name : (keyOf(name) ?? name));
  return {
    ...policy,
    escalateTo: key(policy.escalateTo),
    rules: policy.rules.map((rule) => ({
      ...rule,
      ...(rule.escalateTo === undefined ? {} : { escalateTo: key(rule.escalateTo) }),
      ...(Array.isArray(rule.when?.listingAgents)
        ? { when: { ...rule.when, listingAgents: rule.when.listingAgents.map(key) } }
        : {}),
      chain: rule.chain.map((step) => ({
        ...step,
        ...(typeof step.offerTo === 'string' || step.offerTo.agents === undefined
          ? {}
          : { offerTo: { ...step.offerTo, agents: step.offerTo.agents.map(key) } }),
        ...(step.turns === undefined
          ? {}
          : { turns: Object.fromEntries(Object.entries(step.turns).map(([name, turns]) => [key(name), turns])) }),
      })),
    })),
  };
};
