import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type EmbeddedEventStore, startEmbeddedEventStore } from '../../../eventstore/embedded/server.ts';

/**
 * Runs the event stores of the process that forked it, started and closed by message, until that process ends.
 *
 *     event-stores.ts --tls-certificate <file> --tls-key <file> --user-name <name> --password <password>
 */
export type Order =
  | { readonly id: number; readonly start: { databaseUrl: string; port: number; insecure: boolean } }
  | { readonly id: number; readonly close: number };
/** `port` of a store that was started; `error` if it could not be. */
export type Answer = { readonly id: number; readonly port?: number; readonly error?: string };

const { values } = parseArgs({
  options: {
    'tls-certificate': { type: 'string', default: '' },
    'tls-key': { type: 'string', default: '' },
    'user-name': { type: 'string', default: '' },
    password: { type: 'string', default: '' },
  },
});
const access = {
  tls: { certificate: readFileSync(values['tls-certificate']), key: readFileSync(values['tls-key']) },
  credentials: { userName: values['user-name'], password: values.password },
};
/** By port. */
const stores = new Map<number, EmbeddedEventStore>();

const carryOut = async (order: Order): Promise<Omit<Answer, 'id'>> => {
  if ('close' in order) {
    const store = stores.get(order.close);
    stores.delete(order.close);
    await store?.close();
    return {};
  }
  const { databaseUrl, port, insecure } = order.start;
  const store = await startEmbeddedEventStore({ databaseUrl, port, ...(insecure ? {} : access) });
  stores.set(store.port, store);
  return { port: store.port };
};

process.on('message', (order: Order) => {
  carryOut(order).then(
    (answer) => process.send?.({ id: order.id, ...answer }),
    (error: Error) => process.send?.({ id: order.id, error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
