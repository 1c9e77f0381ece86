import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * `npm run bench -- NAME [--json] [options of that benchmark]`.
 *
 * A benchmark is a file at the top level of this folder that exports `description` (one line) and `run`. Subfolders hold
 * supporting code and are not listed.
 */
export type BenchOptions = {
  /** The arguments after the name, without --json. */
  args: string[];
  json: boolean;
  /** Reports progress on stderr, so that stdout contains only the result. */
  progress(text: string): void;
};

export type Bench = { description: string; run(options: BenchOptions): Promise<object> };

const folder = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== 'run.ts')
  .map((entry) => entry.name.slice(0, -'.ts'.length))
  .sort();

const load = async (name: string): Promise<Bench> => (await import(`./${name}.ts`)) as Bench;

const help = async (): Promise<string> => {
  const lines = await Promise.all(names.map(async (name) => `  ${name.padEnd(14)} ${(await load(name)).description}`));
  return ['Usage: npm run bench -- NAME [--json] [options]', '', 'Benchmarks:', ...lines, ''].join('\n');
};

const show = (result: object): string =>
  Object.entries(result)
    .map(([key, value]) => `${key.padEnd(24)} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join('\n');

const main = async (): Promise<number> => {
  const [name, ...rest] = process.argv.slice(2);
  if (!name || name === '--help' || name === '-h') {
    process.stdout.write(await help());
    return name ? 0 : 2;
  }
  if (!names.includes(name)) {
    process.stderr.write(`There is no benchmark "${name}".\n\n${await help()}`);
    return 2;
  }
  const { run, description } = await load(name);
  const usage = `Usage: npm run bench -- ${name} [--json] [options]\n\n${description}\n`;
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(usage);
    return 0;
  }
  const json = rest.includes('--json');
  let result: object;
  try {
    result = await run({
      args: rest.filter((argument) => argument !== '--json'),
      json,
      progress: (text) => process.stderr.write(`${text}\n`),
    });
  } catch (error) {
    const isUsage = /^ERR_PARSE_ARGS_/.test(String((error as { code?: unknown }).code));
    process.stderr.write(`${(error as Error).message}\n${isUsage ? `\n${usage}` : ''}`);
    if (process.env.OPENHOUSE_LOG_LEVEL === 'debug') console.error(error);
    return isUsage ? 2 : 1;
  }
  process.stdout.write(`${json ? JSON.stringify(result) : show(result)}\n`);
  return 0;
};

process.exit(await main());
