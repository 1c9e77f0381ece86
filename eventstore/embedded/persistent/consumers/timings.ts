/** How long a consumer took to process messages: the `extraStatistics` of a group. */
export type Timings = {
  begin(id: string): void;
  end(id: string): void;
  /** Milliseconds by name, as EventStoreDB names them; empty until something was measured. */
  measurements(): [name: string, milliseconds: number][];
};

const percentiles: [string, number][] = [
  ...[0, 20, 40, 60, 80].map((percent, index): [string, number] => [`Quintile ${index + 1}`, percent]),
  ['90%', 90],
  ['95%', 95],
  ['99%', 99],
  ['99.5%', 99.5],
  ['99.9%', 99.9],
];

/** Keeps the last `window` durations. */
export const createTimings = (window = 1000): Timings => {
  const began = new Map<string, number>();
  const durations: number[] = [];
  return {
    begin: (id) => void began.set(id, performance.now()),
    end: (id) => {
      const start = began.get(id);
      if (start === undefined) return;
      began.delete(id);
      if (durations.length >= window) durations.shift();
      durations.push(Math.floor(performance.now() - start));
    },
    measurements: () => {
      if (durations.length === 0) return [];
      const sorted = durations.toSorted((a, b) => a - b);
      const at = (percent: number) => sorted[Math.min(sorted.length - 1, Math.floor((percent / 100) * sorted.length))]!;
      const mean = Math.floor(sorted.reduce((sum, each) => sum + each, 0) / sorted.length);
      return [
        ['Mean', mean],
        ['Median', sorted[Math.floor(sorted.length / 2)]!],
        ['Fastest', sorted[0]!],
        ...percentiles.map(([name, percent]): [string, number] => [name, at(percent)]),
        ['Highest', sorted.at(-1)!],
      ];
    },
  };
};
