import type { ServerContext } from '../../grpc/services.ts';
import { compileFilter } from '../../grpc/streams/filter.ts';
import { createStrategy } from '../consumers/strategies.ts';
import { alreadyExists, doesNotExist, failed } from '../errors.ts';
import { createCheckpointStore } from '../kept/checkpoint.ts';
import { type GroupConfig, loadConfigs, saveConfigs } from '../kept/config-store.ts';
import { createParkedMessages } from '../kept/parked-messages.ts';
import { allSource, type Source, streamSource } from '../source/source.ts';
import { Group } from './group.ts';

/** What a client can configure; `liveFrom`, where END begins, is determined here. */
export type WantedGroup = Omit<GroupConfig, 'liveFrom'>;

/** How often groups check for timed-out messages and due checkpoints. */
const tickMs = 1_000;

/**
 * All subscription groups of the server. Changes run one at a time, so that the stored configuration always matches the
 * running one; the groups themselves run concurrently.
 */
export class Groups {
  readonly #context: ServerContext;
  readonly #groups = new Map<string, { config: GroupConfig; group: Group }>();
  /** Streams that have or had groups; listing the groups of any other is an error. */
  readonly #streams = new Set<string>();
  #changes: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** Starts the stored groups. */
  async open(): Promise<void> {
    await this.#startAll();
    this.#timer = setInterval(() => {
      for (const { group } of this.#groups.values()) group.tick();
    }, tickMs);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#changes.catch(() => {});
    await this.#stopAll();
  }

  /** @throws PERSISTENT_SUBSCRIPTION_EXISTS, or _FAILED when it is not valid */
  create(wanted: WantedGroup): Promise<void> {
    return this.#change(async () => {
      if (this.#groups.has(keyOf(wanted))) throw alreadyExists(wanted);
      await this.#put(wanted);
    });
  }

  /** Drops the consumers, who get the updated group when they reconnect. A filter cannot be changed. */
  update(wanted: WantedGroup): Promise<void> {
    return this.#change(async () => {
      const existing = this.#groups.get(keyOf(wanted));
      if (!existing) throw doesNotExist(wanted);
      await this.#put({ ...wanted, filter: existing.config.filter });
    });
  }

  delete(name: { stream: string; group: string }): Promise<void> {
    return this.#change(async () => {
      const existing = this.#groups.get(keyOf(name));
      if (!existing) throw doesNotExist(name);
      await saveConfigs(
        this.#context.storage,
        this.#configs().filter((config) => config !== existing.config),
      );
      this.#groups.delete(keyOf(name));
      await existing.group.stop();
      await existing.group.forget();
    });
  }

  /** Stops all groups, dropping their consumers, and starts them again as stored. */
  restart(): Promise<void> {
    return this.#change(async () => {
      await this.#stopAll();
      await this.#startAll();
    });
  }

  /** @throws PERSISTENT_SUBSCRIPTION_DOES_NOT_EXIST */
  get(name: { stream: string; group: string }): Group {
    const found = this.#groups.get(keyOf(name));
    if (!found) throw doesNotExist(name);
    return found.group;
  }

  list(): Group[] {
    return [...this.#groups.values()].map(({ group }) => group);
  }

  /** @throws PERSISTENT_SUBSCRIPTION_DOES_NOT_EXIST when the stream never had any */
  listFor(stream: string): Group[] {
    if (!this.#streams.has(stream)) throw doesNotExist({ stream, group: '' });
    return this.list().filter((group) => group.source.name === stream);
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changes.catch(() => {}).then(work);
    this.#changes = done;
    return done;
  }

  #configs(): GroupConfig[] {
    return [...this.#groups.values()].map(({ config }) => config);
  }

  async #put(wanted: WantedGroup): Promise<void> {
    const source = this.#sourceOf(wanted);
    const start = source.parse(wanted.startPosition);
    if (!Number.isSafeInteger(start) || start < -1) {
      throw failed(wanted, 'Invalid Start From position: it must be a whole number greater than or equal to -1.');
    }
    const end = await source.end();
    if (wanted.stream === '$all' && start >= end) {
      throw failed(
        wanted,
        'Invalid Start From position: commit position must be less than or equal to the last commit position in the transaction file.',
      );
    }
    const config: GroupConfig = { ...wanted, liveFrom: end };
    const key = keyOf(wanted);
    const others = this.#configs().filter((each) => keyOf(each) !== key);
    await saveConfigs(this.#context.storage, [...others, config]);
    await this.#groups.get(key)?.group.stop();
    this.#start(config, source);
  }

  #start(config: GroupConfig, source: Source): void {
    const { storage, log } = this.#context;
    const id = keyOf(config);
    const group = new Group({
      name: config.group,
      settings: config,
      source,
      strategy: createStrategy(config.namedConsumerStrategy),
      checkpoints: createCheckpointStore(storage, id),
      parked: createParkedMessages(storage, id),
      liveFrom: config.liveFrom,
      log: (message, details) => log('warn', message, details),
    });
    this.#groups.set(id, { config, group });
    this.#streams.add(config.stream);
    group.start();
  }

  #sourceOf(config: WantedGroup): Source {
    const { storage } = this.#context;
    return config.stream === '$all'
      ? allSource(storage, config.filter && compileFilter(config.filter), config.resolveLinkTos)
      : streamSource(storage, config.stream, config.resolveLinkTos);
  }

  async #startAll(): Promise<void> {
    for (const config of await loadConfigs(this.#context.storage)) this.#start(config, this.#sourceOf(config));
  }

  async #stopAll(): Promise<void> {
    const groups = this.list();
    this.#groups.clear();
    await Promise.all(groups.map((group) => group.stop()));
  }
}

const keyOf = ({ stream, group }: { stream: string; group: string }): string => `${stream}::${group}`;
