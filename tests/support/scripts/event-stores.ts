import { readFileSync } from 'node:fs';
import { type EmbeddedEventStore, startEmbeddedEventStore } from '../../../eventstore/embedded/server.ts';
import type { EventStoreAccess } from '../../../platform/supervisor/event-store-access.ts';

/** Runs the event stores of the process that started it, which are opened and closed by message, until that process ends. */
export type Order = { readonly id: number; readonly start: Start } | { readonly id: number; readonly close: number };
/** Without `access`, it is insecure. */
export type Start = {
  readonly databaseUrl: string;
  readonly port: number;
  readonly access?: EventStoreAccess | undefined;
};
/** `port` of a store that was started; `error` if it could not be. */
export type Answer = { readonly id: number; readonly port?: number; readonly error?: string };

/** By port. */
const stores = new Map<number, EmbeddedEventStore>();

const carryOut = async (order: Order): Promise<Omit<Answer, 'id'>> => {
  if ('close' in order) {
    const store = stores.get(order.close);
    stores.delete(order.close);
    await store?.close();
    return {};
  }
  const { databaseUrl, port, access } = order.start;
  const secured = access && {
    tls: { certificate: readFileSync(access.certificateFile), key: readFileSync(access.keyFile) },
    credentials: access,
  };
  const store = await startEmbeddedEventStore({ databaseUrl, port, ...secured });
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
