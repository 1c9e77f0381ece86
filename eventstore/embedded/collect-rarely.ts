import { getHeapStatistics, setFlagsFromString } from 'node:v8';

const intervalMs = 5_000;
const headroomBytes = 48 * 1024 * 1024;
const leastPercent = 50;

/**
 * Lets the heap grow by 48 MB, or by half, before V8 collects all of it. Pages of events count although they are buffers
 * outside the heap, and V8 allows a small heap some 8 MB: it collected the whole heap for every 9,000 events read, which
 * took half of the processor time.
 *
 * Only for a dedicated process.
 */
export const collectRarely = (): void => {
  const adjust = () => {
    const percent = Math.round((100 * headroomBytes) / getHeapStatistics().used_heap_size);
    setFlagsFromString(`--heap-growing-percent=${Math.max(leastPercent, percent)}`);
  };
  adjust();
  setInterval(adjust, intervalMs).unref();
};
