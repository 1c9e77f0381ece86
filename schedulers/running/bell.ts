/**
 * Waits for something that may happen while one is busy: a ring is remembered until the next `wait`. Several rings in a
 * row count as one.
 */
export type Bell = {
  ring(): void;
  /** Waits for a ring, for at most `ms`. @returns whether it rang */
  wait(ms: number): Promise<boolean>;
};

export const makeBell = (): Bell => {
  let rang = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rang = true;
      wake?.();
    },
    async wait(ms) {
      if (!rang) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      const answer = rang;
      rang = false;
      return answer;
    },
  };
};
