import { readdir, readFile } from 'node:fs/promises';
import { errorCode, exitCodes, userError } from '../../platform/errors.ts';
import { type CompiledMapping, compileMapping } from './compile.ts';
import { readMapping } from './read-mapping.ts';

/** The mapping that is used unless another one is asked for. */
export const defaultMapping = 'home-grown';

const folder = new URL('./', import.meta.url);

/** The names of the mappings that come with openhouse. */
export const shippedMappings = async (): Promise<readonly string[]> =>
  (await readdir(folder))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();

/**
 * A mapping by its name (`home-grown`, `reso`, `simplyrets`) or from a file.
 * @throws UserError if there is no such mapping or it has mistakes, with the line of each
 */
export const loadMapping = async (nameOrFile: string = defaultMapping): Promise<CompiledMapping> => {
  const shipped = await shippedMappings();
  const isName = shipped.includes(nameOrFile);
  const file = isName ? new URL(`${nameOrFile}.yaml`, folder) : nameOrFile;
  const reading = readMapping(await textOf(file, shipped));
  if ('file' in reading) return compileMapping(reading.file, { shipped: isName });
  const shown = reading.problems
    .slice(0, 20)
    .map(
      ({ line, column, key, message }) =>
        `  ${nameOrFile}:${line}:${column}: ${key === '' ? '' : `${key}: `}${message}`,
    );
  const more = reading.problems.length > 20 ? [`  … and ${reading.problems.length - 20} more`] : [];
  throw userError(`the mapping ${nameOrFile} cannot be used:\n${[...shown, ...more].join('\n')}`, {
    code: 'mapping-invalid',
    exitCode: exitCodes.usage,
    hint: 'Correct these lines. `openhouse import inspect <dump> --propose` writes a mapping to start from.',
  });
};

const textOf = async (file: URL | string, shipped: readonly string[]): Promise<string> => {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw userError(
      errorCode(error) === 'ENOENT'
        ? `there is no mapping called ${String(file)}, and no such file`
        : `the mapping ${String(file)} cannot be read`,
      {
        code: 'mapping-missing',
        exitCode: exitCodes.usage,
        hint: `openhouse comes with ${shipped.join(', ')}; anything else is the path of a YAML file.`,
        cause: error,
      },
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw userError(`the mapping ${String(file)} is not text in UTF-8`, {
      code: 'mapping-invalid',
      exitCode: exitCodes.usage,
      hint: 'Save it again with the encoding UTF-8.',
    });
  }
};
