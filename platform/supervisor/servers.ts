import { readFileSync, writeFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { exitCodes, userError } from '../errors.ts';
import { homePaths } from '../home.ts';
import { shownUrl } from '../logging/shown-url.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../postgres/server.ts';
import { type EventStoreAccess, eventStoreAccess, eventStoreUrl } from './event-store-access.ts';
import { startEventStore } from './event-store-process.ts';
import { type KeptRunning, keepRunning, type RunningServer } from './keep-running.ts';
import type { Needs, ServerStatus } from './protocol.ts';

export type EmbeddedServers = {
  /**
   * Starts what is needed, not configured elsewhere and not running yet. Concurrent calls share one start.
   *
   * @throws UserError saying which server does not start, and why
   */
  provide(
    needs: Needs,
    progress: (text: string) => void,
  ): Promise<{ databaseUrl: string; eventStoreUrl: string | undefined }>;
  status(): { postgres: ServerStatus | undefined; eventStore: ServerStatus | undefined };
  stop(): Promise<void>;
};

type Ports = { postgres?: number; eventStore?: number };
type RunningPostgres = EmbeddedPostgres & RunningServer;

/** The embedded servers of one home. */
export function embeddedServers(config: Config, log: (text: string) => void): EmbeddedServers {
  const paths = homePaths(config.home);
  const ports = readPorts(paths.portsFile);
  let postgres: KeptRunning<RunningPostgres> | undefined;
  let eventStore: KeptRunning<RunningServer> | undefined;
  let access: EventStoreAccess | undefined;
  // One at a time: two commands that come at once must not both find nothing running.
  let queue: Promise<unknown> = Promise.resolve();
  let stopped = false;

  const databaseUrl = () => config.databaseUrl ?? postgres!.current().url;

  async function providePostgres(progress: (text: string) => void): Promise<void> {
    if (config.databaseUrl !== undefined || postgres !== undefined) return;
    progress('starting the embedded PostgreSQL');
    const notice = (text: string) => {
      log(`PostgreSQL: ${text}`);
      progress(text);
    };
    postgres = await keepRunning<RunningPostgres>(
      'PostgreSQL',
      async (previous) => {
        const server = await startEmbeddedPostgres({
          folder: paths.postgres,
          preferredPort: previous?.port ?? ports.postgres,
          notice,
        });
        return { ...server, host: '127.0.0.1' };
      },
      log,
    );
    remember({ postgres: postgres.current().port });
    log(`PostgreSQL is running on port ${postgres.current().port} (process ${postgres.current().pid})`);
  }

  async function provideEventStore(wanted: Needs['eventStore'], progress: (text: string) => void): Promise<void> {
    if (wanted === false || config.eventStoreUrl !== undefined) return;
    const place = wanted === true ? undefined : wanted;
    if (eventStore !== undefined) {
      const { host, port } = eventStore.current();
      const there = place?.host === host && (place.port === port || place.port === 0);
      if (place === undefined || (there && place.insecure === (access === undefined))) return;
      throw userError(
        `the event store of this home is already running, at ${shownUrl(eventStoreUrl(host, port, access))}`,
        {
          code: 'eventstore-elsewhere',
          hint: 'Use it there, or stop the commands that use it (`openhouse doctor` lists them) and start it again.',
          exitCode: exitCodes.unreachable,
        },
      );
    }
    progress('starting the embedded event store');
    const host = place?.host ?? '127.0.0.1';
    const hosts = [host, ...(place?.advertiseHost === undefined ? [] : [place.advertiseHost])];
    access = place?.insecure ? undefined : eventStoreAccess(paths.eventStore, hosts);
    const start = (port: number) =>
      startEventStore({
        databaseUrl: databaseUrl(),
        host,
        port,
        access,
        advertiseHost: place?.advertiseHost,
        logFile: paths.eventStoreLog,
      });
    eventStore = await keepRunning(
      'the event store',
      (previous) => {
        if (previous !== undefined) return start(previous.port);
        if (place !== undefined) return start(place.port);
        // Prefer the previous port, so that addresses people noted down stay valid; any other if it is taken.
        return ports.eventStore === undefined ? start(0) : start(ports.eventStore).catch(() => start(0));
      },
      log,
    );
    if (place === undefined) remember({ eventStore: eventStore.current().port });
    log(`the event store is running on port ${eventStore.current().port} (process ${eventStore.current().pid})`);
  }

  function remember(changed: Ports): void {
    Object.assign(ports, changed);
    try {
      writeFileSync(paths.portsFile, JSON.stringify(ports));
    } catch {
      // a convenience: on a full disk the next start takes other ports
    }
  }

  return {
    provide(needs, progress) {
      const done = queue.then(async () => {
        if (stopped) throw new Error('the servers are being stopped');
        await providePostgres(progress);
        await provideEventStore(needs.eventStore, progress);
        const running = eventStore?.current();
        return {
          databaseUrl: databaseUrl(),
          eventStoreUrl: config.eventStoreUrl ?? (running && eventStoreUrl(running.host, running.port, access)),
        };
      });
      queue = done.catch(() => {});
      return done;
    },
    status: () => ({ postgres: status(postgres), eventStore: status(eventStore) }),
    async stop() {
      stopped = true;
      await queue;
      // The event store first: it writes to PostgreSQL.
      await eventStore?.stop();
      await postgres?.stop();
    },
  };
}

function status(kept: KeptRunning<RunningServer> | undefined): ServerStatus | undefined {
  if (kept === undefined) return undefined;
  const { pid, host, port } = kept.current();
  return { pid, host, port, restarts: kept.restarts() };
}

function readPorts(file: string): Ports {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Ports;
  } catch {
    return {};
  }
}
