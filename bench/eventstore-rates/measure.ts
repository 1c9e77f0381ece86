import { EventStoreDBClient, jsonEvent, START } from '@eventstore/db-client';

/** Events per second. */
export type Rates = Record<
  'append_1x1' | 'append_1x32' | 'append_1x128' | 'append_100x1' | 'append_100x32' | 'readAll' | 'subscribeToAll',
  number
>;

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
const perSecond = (count: number, startedMs: number) => Math.round(count / ((performance.now() - startedMs) / 1000));

// About 400 bytes, like a ListPriceChanged event.
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

type Measurements = { name: keyof Rates; label: string; measure(round: number): Promise<number> }[];

const measurementsOf = (client: EventStoreDBClient, scale: number): Measurements => {
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

  const scaled = (count: number) => Math.max(1, Math.round(count * scale));
  // Reads return what was appended above; at any scale there must be enough of it.
  const readable = scaled(100_000);
  return [
    {
      name: 'append_1x1',
      label: '1 event, 1 in flight',
      measure: (i) => append(scaled(1000), 1, 1, `a${i}`),
    },
    { name: 'append_1x32', label: '1 event, 32 in flight', measure: (i) => append(scaled(8000), 32, 1, `b${i}`) },
    { name: 'append_1x128', label: '1 event, 128 in flight', measure: (i) => append(scaled(12_000), 128, 1, `c${i}`) },
    { name: 'append_100x1', label: '100 events, 1 in flight', measure: (i) => append(scaled(100), 1, 100, `d${i}`) },
    { name: 'append_100x32', label: '100 events, 32 in flight', measure: (i) => append(scaled(300), 32, 100, `e${i}`) },
    { name: 'readAll', label: 'readAll', measure: () => readAll(readable) },
    { name: 'subscribeToAll', label: 'subscribeToAll', measure: () => subscribe(readable) },
  ];
};

/**
 * Measures servers side by side: each rate three times (the median counts), taking turns, so that other load on the machine
 * affects all of them. `append_AxB`: A events per append, B appends in flight; then reading `$all`, and subscribing to it.
 */
export const measureRates = async (
  urls: readonly string[],
  scale: number,
  progress: (text: string) => void,
): Promise<Rates[]> => {
  const clients = urls.map((url) => EventStoreDBClient.connectionString(url));
  const measurements = clients.map((client) => measurementsOf(client, scale));
  const found = urls.map(() => ({}) as Rates);
  for (const server of measurements) await server[1]!.measure(-1); // warm-up: compile before measuring
  for (const [row, { name, label }] of measurements[0]!.entries()) {
    progress(`  ${label}`);
    const rates: number[][] = urls.map(() => []);
    for (let round = 0; round < 3; round++) {
      for (const [i, server] of measurements.entries()) rates[i]!.push(await server[row]!.measure(round));
    }
    for (const [i, each] of rates.entries()) found[i]![name] = median(each);
  }
  for (const client of clients) await client.dispose();
  return found;
};
