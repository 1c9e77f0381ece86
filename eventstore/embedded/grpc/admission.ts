/**
 * Bounds the memory of in-flight appends, across all calls. A call for which `enter` returns `false` has been
 * admitted, but should stop reading until there is room again.
 */
export const createAdmission = (maxBytes: number) => {
  let bytes = 0;
  let waiting: (() => void)[] = [];
  return {
    enter(size: number): boolean {
      bytes += size;
      return bytes < maxBytes;
    },
    leave(size: number) {
      bytes -= size;
      if (waiting.length === 0 || bytes > maxBytes / 2) return;
      const resumed = waiting;
      waiting = [];
      for (const resume of resumed) resume();
    },
    whenFree(resume: () => void) {
      waiting.push(resume);
    },
  };
};

export type Admission = ReturnType<typeof createAdmission>;

/** The memory an append of this size holds while in flight: its bytes, plus overhead per event and per append. */
export const admissionBytes = (size: number, events: number): number => size + events * 500 + 1000;
