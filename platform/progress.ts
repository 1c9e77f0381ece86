import { Presets, SingleBar } from 'cli-progress';

export type Progress = {
  /** @param done so far, of `total` (which may change: the end of a stream is not known in advance) */
  update(done: number, total?: number): void;
  /** Stops the bar; its line stays. */
  stop(): void;
};

/**
 * A progress bar on the terminal's stderr, with rate and time left; nothing when stderr is not a terminal.
 *
 * @example const bar = startProgress('listings', 400); bar.update(100); bar.stop();
 */
export function startProgress(label: string, total: number, unit = ''): Progress {
  if (!process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const started = Date.now();
  const bar = new SingleBar(
    {
      stream: process.stderr,
      format: `  ${label.padEnd(14)} {bar} {percentage}% {value}/{total}${unit && ` ${unit}`} {rate}/s, {eta_formatted} left`,
      hideCursor: false, // a killed process would leave the terminal without one
      fps: 5,
      etaBuffer: 100,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { rate: '-' });
  return {
    update(done, newTotal) {
      if (newTotal !== undefined) bar.setTotal(newTotal);
      const seconds = (Date.now() - started) / 1000;
      bar.update(done, { rate: seconds > 0 ? Math.round(done / seconds).toLocaleString('en-US') : '-' });
    },
    stop: () => bar.stop(),
  };
}
