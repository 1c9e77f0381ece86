import assert from 'node:assert/strict';
import { Command } from 'commander';
import { commandFiles } from '../../cli/command-files.ts';
import type { Context } from '../../cli/context.ts';
import { loadConfig } from '../../platform/config/config.ts';
import type { TestStores } from '../support/event-store/stores.ts';

/** The lines of a page's shell blocks, in their order, without comments. */
export const commandsOf = (page: string): string[] =>
  [...page.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)]
    .flatMap(([, body]) => body!.split('\n'))
    .map((line) => line.trim().replace(/\s+#\s.*$/, ''))
    .filter((line) => line !== '');

/** The words of a command, without their quotes. */
export const words = (line: string): string[] =>
  [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replaceAll(/["']/g, ''));

/** A command's exit code, and what it prints with `--json`. */
export type Done<Result> = { readonly code: number; readonly result: Result };

/**
 * Runs commands of `openhouse` in this process, with `--json`, on these stores: starting each in a process of its own would take most
 * of the time. What they print for people is rendered as well.
 *
 * @param environment read anew by each command
 */
export const commandRunner =
  <Result>({ databaseUrl, eventStoreUrl }: TestStores, home: string, environment: Readonly<Record<string, string>>) =>
  async (args: readonly string[], signal = new AbortController().signal): Promise<Done<Result>> => {
    const program = new Command('openhouse').exitOverride();
    const done = { code: 0, result: {} as Result };
    const config: Context['config'] = (overrides) => {
      const servers = { DATABASE_URL: databaseUrl, EVENTSTORE_URL: eventStoreUrl };
      return loadConfig({ ...environment, ...servers }, { home, ...overrides });
    };
    const context: Context = {
      signal,
      keepsWork() {},
      config,
      json: () => true,
      print(result, text) {
        assert.notEqual(text(result), '');
        done.result = JSON.parse(
          JSON.stringify(result, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
        );
      },
      say() {},
      exitWith(code) {
        done.code = code;
      },
      withServers: async (work, options) =>
        await work({ databaseUrl, eventStoreUrl, close: async () => {} }, options?.config ?? config()),
    };
    const { register } = await commandFiles()
      .find(({ name }) => name === args[0])!
      .load();
    register(program, context);
    await program.parseAsync(args, { from: 'user' });
    return done;
  };
