import type { Config } from './config/config.ts';
import { exitCodes, userError } from './errors.ts';
import { takeLease } from './supervisor/client.ts';
import type { Needs } from './supervisor/protocol.ts';

export type Servers = {
  /** PostgreSQL: DATABASE_URL or the embedded one. */
  databaseUrl: string;
  /** The event store: EVENTSTORE_URL or the embedded one. */
  eventStoreUrl: string;
  /** Releases the servers; those that no one else uses have stopped when this returns. */
  close(): Promise<void>;
};

export type ServersOptions = {
  /** Who uses them: shown by `openhouse doctor`. */
  command: string;
  /** Called with what takes time; by default, writes a line to stderr. */
  progress?(text: string): void;
  /** Stops waiting for the servers. */
  signal?: AbortSignal | undefined;
  needs?: Needs;
};

/**
 * The servers that openhouse works with: those that are configured, and for the rest the embedded ones of this home, which
 * are started unless another command has done so, shared with it, and stopped when the last command is done.
 *
 * Prefer `withServers`, which cannot forget to release them.
 *
 * @throws UserError saying which server does not start and what to do
 */
export async function openServers(config: Config, options: ServersOptions): Promise<Servers> {
  const { command, progress = tell, signal, needs = { eventStore: true } } = options;
  if (config.databaseUrl !== undefined && (config.eventStoreUrl !== undefined || needs.eventStore === false))
    return { databaseUrl: config.databaseUrl, eventStoreUrl: config.eventStoreUrl ?? '', close: async () => {} };

  let closed = false;
  let lease = await takeLease(config, { needs, command, progress, signal });
  const { databaseUrl, eventStoreUrl = '' } = lease;
  const watch = async () => {
    while (!closed) {
      await lease.lost;
      if (closed) return;
      progress('the process that runs the servers has died: restarting them');
      lease = await takeLease(config, { needs, command, progress });
      if (closed) return await lease.release();
      // Clients reconnect on their own, provided the addresses have not changed.
      if (lease.databaseUrl !== databaseUrl || (lease.eventStoreUrl ?? '') !== eventStoreUrl) throw moved();
    }
  };
  watch().catch((error: unknown) => {
    // The work in progress fails on its own when it next needs a server: this only says why.
    if (!closed) progress(error instanceof Error ? error.message : String(error));
  });
  return {
    databaseUrl,
    eventStoreUrl,
    async close() {
      closed = true;
      await lease.release();
    },
  };
}

/**
 * Runs `work` with the servers up and releases them afterwards, however it ends.
 *
 * @example await withServers(config, { command: 'openhouse import' }, async ({ databaseUrl }) => { ... })
 */
export async function withServers<T>(
  config: Config,
  options: ServersOptions,
  work: (servers: Servers) => Promise<T>,
): Promise<T> {
  const servers = await openServers(config, options);
  try {
    return await work(servers);
  } finally {
    await servers.close();
  }
}

const tell = (text: string) => {
  process.stderr.write(`${text}…\n`);
};

const moved = () =>
  userError('the servers came back at another address, because their ports were taken', {
    code: 'servers-moved',
    hint: 'Run the command again: completed work is kept.',
    exitCode: exitCodes.unreachable,
  });
