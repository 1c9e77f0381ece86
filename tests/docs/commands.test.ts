import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Command } from 'commander';
import { commandFiles } from '../../cli/command-files.ts';
import type { Context } from '../../cli/context.ts';
import { documentsOf } from '../sample/read-dump.ts';
import { projectFolder } from '../support/command.ts';

const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(projectFolder, 'docs')).map((name) => `docs/${name}`),
]
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, text: readFileSync(join(projectFolder, name), 'utf8') }));

/** What a reader could paste: lines of code blocks, and inline code; `openhouse` alone is the project's name. */
const commandsOf = (text: string): string[] => {
  const blocks = [...text.matchAll(/^```[a-z]*\n([\s\S]*?)^```/gm)].flatMap(([, body]) => body!.split('\n'));
  const spans = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
  return [...blocks, ...spans]
    .map((line) =>
      line
        .trim()
        .replace(/^\$ /, '')
        .replace(/\s+#\s.*$/, ''),
    )
    .filter((line) => /^(bin\/)?openhouse\s/.test(line));
};

const words = (line: string): string[] =>
  [...line.matchAll(/(?:"[^"]*"|<[^>]*>|[^\s"])+/g)].map(([word]) => word.replaceAll('"', '')).slice(1);

const program = async (): Promise<Command> => {
  const openhouse = new Command('openhouse').option('--json').option('--home <folder>').option('--version');
  for (const { load } of commandFiles()) {
    const { register } = await load();
    register(openhouse, {} as Context); // commands are not run
  }
  return openhouse;
};

/** What is wrong with a command line; `null` if it would be accepted. */
const mistakeIn = (openhouse: Command, line: string): string | null => {
  let command = openhouse;
  const given: string[] = [];
  const queue = words(line);
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word.startsWith('-')) {
      const option = [...command.options, ...openhouse.options].find((one) => one.long === word || one.short === word);
      if (option === undefined && word !== '--help') return `${command.name()} has no option ${word}`;
      if (option?.required || (option?.optional && queue[0]?.startsWith('-') === false)) queue.shift();
      continue;
    }
    const child = given.length === 0 ? command.commands.find((one) => one.name() === word) : undefined;
    if (child === undefined) given.push(word);
    else command = child;
  }
  if (command === openhouse) return given.length === 0 ? null : `there is no command ${given[0]}`;
  const most = command.registeredArguments.some(({ variadic }) => variadic)
    ? Number.POSITIVE_INFINITY
    : command.registeredArguments.length;
  const choices = command.registeredArguments[0]?.argChoices;
  if (choices && given[0] !== undefined && !choices.includes(given[0])) return `${given[0]} is not one of ${choices}`;
  return given.length > most ? `${command.name()} does not take ${given[most]}` : null;
};

test('every command in the documents exists, with its options', async () => {
  const openhouse = await program();
  let seen = 0;
  for (const { name, text } of pages)
    for (const line of commandsOf(text)) {
      seen++;
      assert.equal(mistakeIn(openhouse, line), null, `${name}: ${line}`);
    }
  assert.ok(seen > 40, `${seen} commands were found`);
  for (const wrong of [
    'openhouse frobnicate',
    'openhouse jobs --nope',
    'openhouse alerts run now',
    'openhouse history house 1',
  ])
    assert.notEqual(mistakeIn(openhouse, wrong), null, wrong);
});

/** Every command that does something, with its full name and help. */
const leaves = (command: Command, path: readonly string[] = []): { name: string; command: Command; help: string }[] =>
  command.commands.flatMap((child) => {
    const name = [...path, child.name()];
    let help = '';
    child.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    const own = { name: name.join(' '), command: child, help };
    return child.commands.length === 0 ? [own] : leaves(child, name);
  });

test('the help of every command says what it does, with an example that works', async () => {
  const openhouse = await program();
  for (const { name, command, help } of leaves(openhouse)) {
    assert.ok(command.summary() !== '' && command.summary().length < 110, `${name} needs a summary of one line`);
    const examples = commandsOf(`\`\`\`\n${help.slice(help.indexOf('\nExample'))}\n\`\`\``);
    assert.ok(
      examples.some((line) => line.startsWith(`openhouse ${name}`)),
      `the help of ${name} needs an example (addHelpText)`,
    );
    for (const line of examples) assert.equal(mistakeIn(openhouse, line.replace(/ [<>|] .*$/, '')), null, line);
  }
});

test('the sample contains the records that the documents look up', async () => {
  const documents = [];
  for (const dump of ['legacy', 'legacy-later'])
    for (const collection of ['properties', 'contacts'])
      documents.push(...(await documentsOf(join(projectFolder, 'samples', dump), collection)));
  const sample = documents.map((document) => JSON.stringify(document).toLowerCase()).join();
  let seen = 0;
  for (const { name, text } of pages)
    for (const line of commandsOf(text).filter((command) => command.startsWith('bin/')))
      for (const [id] of line.matchAll(/\bRX-\d+|\b[\w.]+@[\w.]+/g)) {
        seen++;
        assert.ok(sample.includes(id.toLowerCase().replace('rx-', '')), `${name}: ${line}`);
      }
  assert.ok(seen > 8, `${seen} records were found`);
});

test('links and pictures in the documents exist', () => {
  for (const { name, text } of pages)
    for (const [, target] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^https?:/.test(target!)) continue;
      assert.doesNotThrow(() => readFileSync(join(projectFolder, name, '..', target!)), `${name}: ${target}`);
    }
});

test('npm scripts in the documents exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { scripts: object };
  for (const { name, text } of pages)
    for (const [, script] of text.matchAll(/npm run ([\w:]+)/g)) assert.ok(script! in scripts, `${name}: ${script}`);
});
