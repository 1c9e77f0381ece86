import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { collectRarely } from './collect-rarely.ts';
import { giveBackMemory } from './give-back-memory.ts';
import { type Log, startEmbeddedEventStore } from './server.ts';

/**
 * Runs the event store in its own process.
 *
 *     node --import tsx eventstore/embedded/main.ts --database-url postgres://… [--port 2113] [--host 127.0.0.1]
 *       [--schema eventstore] [--exit-with-parent] [--advertise-host <name>]
 *       [--tls-certificate <file> --tls-key <file>] [--credentials <file>]
 *
 * The credentials file has one line, `user:password`.
 *
 * Once it listens it prints one JSON line to stdout: {"listening":{"host","port"},"pid","connectionString"}. It logs to
 * stderr. SIGUSR2 starts a scavenge. It exits on SIGTERM or SIGINT, and with --exit-with-parent when its standard input is
 * closed. Exit codes: 0 stopped as requested, 1 could not start, 2 invalid arguments.
 */
const usage = `usage: eventstore --database-url <postgres URL> [--port 2113] [--host 127.0.0.1] [--schema eventstore]
                  [--advertise-host <name>] [--tls-certificate <PEM file> --tls-key <PEM file>]
                  [--credentials <file with user:password>] [--start-timeout <seconds>]
                  [--scavenge-interval <seconds>] [--exit-with-parent]`;

const closeTimeoutMs = 8000;

const readCredentials = (file: string) => {
  const [, userName, password] = /^([^:\s]+):(\S+)\s*$/.exec(readFileSync(file, 'utf8')) ?? [];
  if (userName === undefined || password === undefined) throw new Error(`${file} must have a line user:password`);
  return { userName, password };
};

const readArguments = () => {
  const { values } = parseArgs({
    options: {
      'database-url': { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '2113' },
      schema: { type: 'string', default: 'eventstore' },
      'advertise-host': { type: 'string' },
      'tls-certificate': { type: 'string' },
      'tls-key': { type: 'string' },
      credentials: { type: 'string' },
      'start-timeout': { type: 'string', default: '30' },
      'scavenge-interval': { type: 'string', default: '3600' },
      'exit-with-parent': { type: 'boolean', default: false },
    },
  });
  const number = (name: 'port' | 'start-timeout' | 'scavenge-interval', max: number): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 0 || value > max)
      throw new Error(`--${name} must be a whole number up to ${max}`);
    return value;
  };
  const databaseUrl = values['database-url'] ?? process.env.DATABASE_URL;
  if (!databaseUrl) throw new Error('--database-url (or DATABASE_URL) is required');
  const { 'tls-certificate': certificate, 'tls-key': key } = values;
  if ((certificate === undefined) !== (key === undefined))
    throw new Error('--tls-certificate and --tls-key must be given together');
  return {
    databaseUrl,
    tls: certificate && key ? { certificate: readFileSync(certificate), key: readFileSync(key) } : undefined,
    credentials: values.credentials === undefined ? undefined : readCredentials(values.credentials),
    advertiseHost: values['advertise-host'],
    host: values.host,
    port: number('port', 65_535),
    schema: values.schema,
    startTimeoutMs: number('start-timeout', 86_400) * 1000,
    scavengeIntervalMs: number('scavenge-interval', 2_000_000) * 1000,
    exitWithParent: values['exit-with-parent'],
  };
};

const log: Log = (level, message, details) => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...details })}\n`);
};

const main = async (): Promise<void> => {
  let options: ReturnType<typeof readArguments>;
  try {
    options = readArguments();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}\n`);
    process.exit(2);
  }
  try {
    const server = await startEmbeddedEventStore({ ...options, log });
    collectRarely();
    giveBackMemory();
    const end = (why: string) => {
      log('info', `stopping: ${why}`);
      // Do not let an unresponsive database keep this process alive.
      setTimeout(() => process.exit(1), closeTimeoutMs).unref();
      server.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    };
    process.once('SIGTERM', () => end('SIGTERM'));
    process.once('SIGINT', () => end('SIGINT'));
    process.on('SIGUSR2', () => {
      server.scavenge().then(
        (result) => log('info', `scavenged ${result.removed} events`, { ...result }),
        (error) => log('error', `scavenging failed: ${(error as Error).message}`),
      );
    });
    if (options.exitWithParent) {
      process.stdin.resume();
      process.stdin.once('end', () => end('the parent process has ended'));
      process.stdin.once('error', () => end('the parent process has ended'));
    }
    const { host, port, connectionString } = server;
    process.stdout.write(`${JSON.stringify({ listening: { host, port }, pid: process.pid, connectionString })}\n`);
  } catch (error) {
    log('error', `the event store could not start: ${(error as Error).message}`);
    process.exit(1);
  }
};

await main();
