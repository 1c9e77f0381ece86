/**
 * Bounds the memory that appends in flight take, over all calls together. A call that is told `false` by `enter` has been
 * let in, but should read no more until there is room again.
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

/** What an append of this size holds while it is in flight: its bytes, and some for each event and for itself. */
export const admissionBytes = (size: number, events: number): number => size + events * 500 + 1000;
