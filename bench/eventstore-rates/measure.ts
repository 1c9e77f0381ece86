import { EventStoreDBClient, jsonEvent, START } from '@eventstore/db-client';

/** Events per second. */
export type Rates = Record<
  'append_1x1' | 'append_1x32' | 'append_1x128' | 'append_100x1' | 'append_100x32' | 'readAll' | 'subscribeToAll',
  number
>;

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
const perSecond = (count: number, startedMs: number) => Math.round(count / ((performance.now() - startedMs) / 1000));

// About 400 bytes, as a listing's change of price is.
const event = (n: number) =>
  jsonEvent({
    type: 'ListPriceChanged',
    data: {
      listingKey: `L${n}`,
      listPrice: 450_000 + n,
      city: 'Boca Raton',
      standardStatus: 'Active',
      publicRemarks: 'x'.repeat(300),
    },
  });

/**
 * Measures a server with one client, each rate three times (the median counts): one event an append with 1, 32 and 128 in flight, a
 * hundred an append with 1 and 32, reading `$all`, and subscribing to it. `append_A×B`: A events an append, B in flight.
 */
export const measureRates = async (url: string, scale: number, progress: (text: string) => void): Promise<Rates> => {
  const client = EventStoreDBClient.connectionString(url);
  const run = `b${Date.now()}`;

  const append = async (calls: number, inFlight: number, perCall: number, tag: string): Promise<number> => {
    let next = 0;
    const started = performance.now();
    const worker = async () => {
      while (next < calls) {
        const call = next++;
        const events = Array.from({ length: perCall }, (_, n) => event(call * perCall + n));
        await client.appendToStream(`${run}-${tag}-${call % 1000}`, events);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    return perSecond(calls * perCall, started);
  };

  const readAll = async (count: number): Promise<number> => {
    const started = performance.now();
    let seen = 0;
    for await (const { event: recorded } of client.readAll({ fromPosition: START, maxCount: count }))
      if (recorded) seen++;
    return perSecond(seen, started);
  };

  const subscribe = (count: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const started = performance.now();
      let seen = 0;
      const subscription = client.subscribeToAll({ fromPosition: START });
      subscription.on('error', reject);
      subscription.on('data', () => {
        if (++seen !== count) return;
        const rate = perSecond(count, started);
        subscription.unsubscribe().then(() => resolve(rate), reject);
      });
    });

  const thrice = async (name: string, measure: (i: number) => Promise<number>): Promise<number> => {
    progress(`  ${name}`);
    const rates: number[] = [];
    for (let i = 0; i < 3; i++) rates.push(await measure(i));
    return median(rates);
  };

  await append(Math.ceil(2000 * scale), 32, 1, 'warm');
  const rates: Rates = {
    append_1x1: await thrice('1 event an append, 1 in flight', (i) => append(1000 * scale, 1, 1, `a${i}`)),
    append_1x32: await thrice('1 event an append, 32 in flight', (i) => append(8000 * scale, 32, 1, `b${i}`)),
    append_1x128: await thrice('1 event an append, 128 in flight', (i) => append(12_000 * scale, 128, 1, `c${i}`)),
    append_100x1: await thrice('100 events an append, 1 in flight', (i) => append(100 * scale, 1, 100, `d${i}`)),
    append_100x32: await thrice('100 events an append, 32 in flight', (i) => append(300 * scale, 32, 100, `e${i}`)),
    readAll: await thrice('readAll', () => readAll(100_000 * scale)),
    subscribeToAll: await thrice('subscribeToAll', () => subscribe(100_000 * scale)),
  };
  await client.dispose();
  return rates;
};
