export type TestEventStore = {
  /** For `EventStoreDBClient.connectionString`: with TLS and credentials, unless it is `insecure`. */
  url: string;
  port: number;
  close(): Promise<void>;
};

/** One in a process of its own. */
export type EventStoreProcess = TestEventStore & {
  pid: number;
  /** `kill -9`. */
  kill(): Promise<void>;
};
