/** One thing the doctor looked at. */
export type Check = {
  name: string;
  /** `off`: not in use, and that is fine. `warning`: works, but somebody should look. */
  state: 'ok' | 'off' | 'warning' | 'failed';
  /** What was found. */
  detail: string;
  /** What to do; only when there is something. */
  hint?: string;
  /** Figures for programs. */
  facts?: Record<string, unknown>;
};

/** Checks under a title. */
export type CheckGroup = { title: string; checks: Check[] };

/** Runs a check that may throw: then that is what it found. */
export async function examine(name: string, look: () => Promise<Check>): Promise<Check> {
  try {
    return await look();
  } catch (error) {
    const hint = error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
    return {
      name,
      state: 'failed',
      detail: error instanceof Error ? error.message : String(error),
      ...(hint === undefined ? {} : { hint }),
    };
  }
}
