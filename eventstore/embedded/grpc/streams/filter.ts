import { setFlagsFromString } from 'node:v8';
import { createContext, Script } from 'node:vm';
import { status } from '@grpc/grpc-js';
import type { EventFilter } from '../../storage/types.ts';
import { grpcError, invalidArgument } from '../errors.ts';

// A client's regular expression runs on names that other clients chose. When V8 notices excessive backtracking, it
// switches to its linear-time engine; expressions that engine cannot run (look-around, back references) get a time limit.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
const timeLimitMs = 250;
const maxExpressionLength = 10_000;
const maxPrefixes = 1000;
const rememberedVerdicts = 10_000;

/** The tests run in their own context, because V8 can be interrupted only there. One call tests many names. */
const testNames = new Script('names.map((name) => expression.test(name))');

/** Translates .NET syntax that JavaScript lacks: leading options `(?i)`, and the anchors `\A`, `\Z`, `\z`. */
const fromDotNet = (pattern: string): RegExp => {
  const options = /^\(\?([ims]+)\)/.exec(pattern);
  const source = (options ? pattern.slice(options[0].length) : pattern).replace(/\\\\|\\A|\\Z|\\z/g, (part) =>
    part === '\\A' ? '^' : part === '\\\\' ? part : '$',
  );
  return new RegExp(source, options?.[1] ?? '');
};

const regexMatcher = (pattern: string): ((names: readonly string[]) => boolean[]) => {
  if (pattern.length > maxExpressionLength) throw invalidArgument('the regular expression is too long');
  let expression: RegExp;
  try {
    expression = fromDotNet(pattern);
  } catch (error) {
    throw invalidArgument(`not a valid regular expression: ${(error as Error).message}`);
  }
  const context = createContext({ expression, names: [] as readonly string[] });
  return (names) => {
    context.names = names;
    try {
      return testNames.runInContext(context, { timeout: timeLimitMs }) as boolean[];
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      throw grpcError(status.RESOURCE_EXHAUSTED, `the regular expression ${pattern} takes too long on some names`);
    }
  };
};

export type FilterExpression = { on: 'stream' | 'type'; regex: string; prefixes: readonly string[] };

/**
 * Compiles a filter. Throws INVALID_ARGUMENT for an invalid expression. With neither prefixes nor a regular expression, as
 * on a real node, nothing matches.
 */
export const compileFilter = ({ on, regex, prefixes }: FilterExpression): EventFilter => {
  if (prefixes.length > maxPrefixes) throw invalidArgument(`a filter can have at most ${maxPrefixes} prefixes`);
  if (regex !== '' && prefixes.length > 0)
    throw invalidArgument('a filter can have prefixes or a regular expression, not both');
  if (regex === '') {
    const matches = (names: readonly string[]) =>
      names.map((name) => prefixes.some((prefix) => name.startsWith(prefix)));
    return { on, prefixes, matches };
  }
  const match = regexMatcher(regex);
  let verdicts = new Map<string, boolean>();
  return {
    on,
    matches(names) {
      const unknown = [...new Set(names.filter((name) => !verdicts.has(name)))];
      if (unknown.length > 0) {
        if (verdicts.size > rememberedVerdicts) {
          verdicts = new Map();
          return this.matches(names);
        }
        const answers = match(unknown);
        for (const [i, name] of unknown.entries()) verdicts.set(name, answers[i]!);
      }
      return names.map((name) => verdicts.get(name)!);
    },
  };
};
