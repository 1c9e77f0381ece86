import vm from 'node:vm';
import type { Projection } from '../../projection.ts';

/** The loaded code of a projection, and the only way to run it: with a time limit. */
export type Sandbox = {
  readonly projection: Projection;
  /**
   * Runs `work`, which calls handlers. V8 itself ends it at the limit, so a handler that loops forever is just a
   * handler that failed.
   * @throws TimeLimitExceeded; whatever `work` throws
   */
  run(work: () => void, limitMs: number): void;
};

export class TimeLimitExceeded extends Error {}

/**
 * Loads a script made by `readCode`. It gets its own global object with nothing but the language: no clock, no files,
 * no network. That keeps handlers pure. It does not protect from malicious code, which could only get here through the
 * database.
 */
export const openSandbox = (source: string): Sandbox => {
  // An ordinary global object, because interceptors would make each look-up of a global name several times slower.
  const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, { codeGeneration: { strings: false, wasm: false } });
  const globals = context as unknown as { work: () => void };
  new vm.Script(source, { filename: 'projection.js' }).runInContext(context, { timeout: 5_000 });
  const projection = new vm.Script('loaded.default').runInContext(context) as Projection;
  const faults = faultsOf(projection);
  if (faults !== undefined) throw new Error(faults);
  const script = new vm.Script('work()');
  return {
    projection,
    run(work, limitMs) {
      globals.work = work;
      try {
        script.runInContext(context, { timeout: limitMs });
      } catch (error) {
        if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
        throw new TimeLimitExceeded(`the handler was still running after ${limitMs} ms`);
      }
    },
  };
};

const faultsOf = (projection: Partial<Projection> | undefined): string | undefined => {
  if (projection === undefined) return 'it has no default export';
  const { name, version, tables, eventTypes, categories, handle } = projection;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_]{0,40}$/.test(name)) return 'its name must be snake_case';
  if (!Number.isInteger(version) || version! < 1) return 'its version must be 1 or more';
  if (!eventTypes?.length || !categories?.length) return 'it names no event types or no categories';
  if (typeof handle !== 'function') return 'it has no handle function';
  for (const [table, { columns, key, record }] of Object.entries(tables ?? {})) {
    if (!/^[a-z][a-z0-9_]{0,60}$/.test(table)) return `the name of its table ${table} must be snake_case`;
    if (key.length === 0 || key.some((column) => !(column in columns)))
      return `the key of ${table} is not among its columns`;
    if (!(record in columns)) return `the record column of ${table} is not among its columns`;
  }
  return Object.keys(tables ?? {}).length === 0 ? 'it has no tables' : undefined;
};
