import { setFlagsFromString } from 'node:v8';

/**
 * Sets V8 up for a process that works through millions of short-lived objects.
 *
 * It collects garbage when the heap has grown by 40 %; on a machine with much memory it would rather let the heap treble. A
 * rebuild of 237,000 events took 450 MB without, and 270 MB with it, for a sixth more processor time.
 *
 * And it does not learn where long-lived objects are made. It would learn it from the first batches, whose rows stay, and from
 * then on put every event into the old generation, where each keeps all that it holds until the next full
 * collection: 27 times the garbage carried along, a third more time for collecting it.
 */
export const keepHeapLean = (): void => {
  setFlagsFromString('--heap-growing-percent=40');
  setFlagsFromString('--no-allocation-site-pretenuring');
};
