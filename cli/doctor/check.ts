/** One thing the doctor looked at. */
export type Check = {
  name: string;
  /** Shown to people instead of the name; empty when `detail` says it all. */
  label?: string;
  /** `off`: not in use, which is fine. `warning`: works, but needs attention. */
  state: 'ok' | 'off' | 'warning' | 'failed';
  /** What was found. */
  detail: string;
  /** What to do, if anything. */
  hint?: string;
  /** Figures for programs. */
  facts?: Record<string, unknown>;
};

/** Checks under a title. */
export type CheckGroup = { title: string; checks: Check[] };

/** Runs a check; an error counts as `failed`. */
export async function examine(name: string, look: () => Promise<Check>): Promise<Check> {
  const [check] = await examineAll(name, async () => [await look()]);
  return check!;
}

/** Runs what finds several things; an error counts as one that `failed`. */
export async function examineAll(name: string, look: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await look();
  } catch (error) {
    const hint = error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
    const detail = error instanceof Error ? error.message : String(error);
    return [{ name, state: 'failed', detail, ...(hint === undefined ? {} : { hint }) }];
  }
}
