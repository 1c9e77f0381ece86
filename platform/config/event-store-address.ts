import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { errorCode } from '../errors.ts';
import { suggestion } from '../wording/near-names.ts';

export type Endpoint = { readonly host: string; readonly port: number };

/** What an EventStoreDB connection string says. */
export type EventStoreAddress = {
  /** One, or the seeds of a cluster. */
  readonly hosts: readonly Endpoint[];
  /** The nodes are found by asking the hosts: there are several hosts, or the scheme says so (`esdb+discover`). */
  readonly discover: boolean;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  readonly tls: boolean;
  readonly tlsVerifyCert: boolean;
  /** Paths, absolute. */
  readonly tlsCAFile: string | undefined;
  readonly userCertFile: string | undefined;
  readonly userKeyFile: string | undefined;
  readonly nodePreference: NodePreference;
  readonly connectionName: string | undefined;
  /** Times in ms, but `gossipTimeout` in seconds, as for other clients. */
  readonly keepAliveInterval: number;
  readonly keepAliveTimeout: number;
  readonly defaultDeadline: number;
  readonly gossipTimeout: number;
};

export type NodePreference = 'leader' | 'follower' | 'readOnlyReplica' | 'random';

type Kind = 'boolean' | 'number' | 'text' | 'file' | 'preference';

/** The parameters, as KurrentDB's documentation of connection strings names them. */
const parameters: Readonly<Record<string, Kind>> = {
  tls: 'boolean',
  tlsVerifyCert: 'boolean',
  tlsCAFile: 'file',
  userCertFile: 'file',
  userKeyFile: 'file',
  nodePreference: 'preference',
  connectionName: 'text',
  keepAliveInterval: 'number',
  keepAliveTimeout: 'number',
  defaultDeadline: 'number',
  gossipTimeout: 'number',
  // How often and how long to try is decided by the command that needs the server.
  maxDiscoverAttempts: 'number',
  discoveryInterval: 'number',
  throwOnAppendFailure: 'boolean',
};

const preferences: readonly NodePreference[] = ['leader', 'follower', 'readOnlyReplica', 'random'];
const defaultPort = 2113;

class AddressProblem extends Error {}
const wrong = (problem: string): never => {
  throw new AddressProblem(problem);
};

/**
 * Reads a connection string: `esdb://user:password@host:2113?tls=false`, `esdb+discover://…`, or the same with `kurrentdb`.
 * Several hosts, separated by commas, are the seeds of a cluster.
 *
 * @returns what it says, or the problem as the end of a sentence that begins with the name of the setting; it never repeats
 *   the user, the password, or a value
 * @example parseEventStoreAddress('esdb://localhost?tls=false') // { address: { hosts: [{ host: 'localhost', port: 2113 }], … } }
 */
export const parseEventStoreAddress = (
  url: string,
): { readonly address: EventStoreAddress } | { readonly problem: string } => {
  try {
    return { address: parse(url.trim()) };
  } catch (error) {
    if (error instanceof AddressProblem) return { problem: error.message };
    throw error;
  }
};

/** What is wrong with a connection string or with a file that it names; `undefined`: nothing. */
export const eventStoreAddressProblem = (url: string): string | undefined => {
  const parsed = parseEventStoreAddress(url);
  if ('problem' in parsed) return parsed.problem;
  const { tlsCAFile, userCertFile, userKeyFile } = parsed.address;
  for (const [name, file] of Object.entries({ tlsCAFile, userCertFile, userKeyFile })) {
    if (file === undefined) continue;
    try {
      const text = readFileSync(file, 'latin1');
      if (!text.includes('-----BEGIN ')) return `${name} is not a PEM file: ${file}`;
    } catch (error) {
      return `names a ${name} that ${errorCode(error) === 'ENOENT' ? 'does not exist' : `cannot be read (${errorCode(error)})`}: ${file}`;
    }
  }
  return undefined;
};

function parse(url: string): EventStoreAddress {
  const scheme = /^(esdb|kurrentdb)(\+discover)?:\/\//i.exec(url);
  if (scheme === null) return wrong('must look like esdb://host:2113?tls=false');
  if (/[\s\p{Cc}]/u.test(url)) wrong('must not contain spaces');
  const rest = url.slice(scheme[0].length);
  if (rest.includes('://')) wrong('has two schemes, or a password in which : and / are not escaped (as %3A and %2F)');
  if (rest.includes('#')) wrong('contains #: in a user name or a password, write it as %23');
  const end = /[/?]|$/.exec(rest)!.index;
  const authority = rest.slice(0, end);
  const [path = '', ...query] = rest.slice(end).split('?');
  if (rest.slice(end).includes('@') || query.length > 1)
    wrong('is ambiguous: in a user name or a password, write @ as %40, / as %2F and ? as %3F');
  if (!/^\/*$/.test(path)) wrong('must not have a path after its hosts');
  const parts = authority.split('@');
  if (parts.length > 2) wrong('contains more than one @: in a user name or a password, write it as %40');
  const settings = readSettings(query[0] ?? '');
  const hosts = parts
    .at(-1)!
    .split(',')
    .map((host) => readHost(host));
  if ((settings.userCertFile === undefined) !== (settings.userKeyFile === undefined))
    wrong('needs both userCertFile and userKeyFile, or neither');
  return {
    tls: true,
    tlsVerifyCert: true,
    tlsCAFile: undefined,
    userCertFile: undefined,
    userKeyFile: undefined,
    connectionName: undefined,
    nodePreference: 'leader',
    // A frozen or cut-off node is noticed after the sum of the two.
    keepAliveInterval: 2_000,
    keepAliveTimeout: 2_000,
    defaultDeadline: 10_000,
    gossipTimeout: 1,
    ...settings,
    hosts,
    discover: scheme[2] !== undefined || hosts.length > 1,
    credentials: parts.length === 2 ? readCredentials(parts[0]!) : undefined,
  };
}

function readCredentials(text: string): { username: string; password: string } {
  const [username = '', ...rest] = text.split(':');
  if (rest.length > 1) wrong('contains more than one : before the @: in a user name or a password, write it as %3A');
  if (username === '' || (rest[0] ?? '') === '') wrong('needs both a user name and a password before the @');
  return { username: decoded(username), password: decoded(rest[0]!) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return wrong(
      'contains a % that does not begin an escaped character: in a user name or a password, write it as %25',
    );
  }
}

function readHost(text: string): Endpoint {
  if (text === '') return wrong('has an empty host');
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed === null && text.split(':').length > 2)
    wrong('has a host with more than one colon: an IPv6 address needs brackets, as in [::1]:2113');
  const [host = '', port] = bracketed === null ? text.split(':') : [bracketed[1], bracketed[2]];
  if (host === '') return wrong('has an empty host');
  const number = port === undefined ? defaultPort : Number(port);
  if (port !== undefined && !/^\d{1,9}$/.test(port)) wrong('has a port that is not a number');
  if (number < 1 || number > 65_535) wrong(`has port ${number}, which is not between 1 and 65535`);
  const valid =
    bracketed === null
      ? /^[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?\.?$/i.test(host) && (!/^[\d.]+$/.test(host) || isIP(host) === 4)
      : isIP(host) === 6;
  if (!valid)
    wrong(bracketed === null ? 'has a host that is not a valid name' : 'has a host that is not an IPv6 address');
  return { host, port: number };
}

function readSettings(query: string): Partial<EventStoreAddress> {
  const settings: Record<string, unknown> = {};
  if (query === '') return settings;
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=');
    const given = at < 0 ? pair : pair.slice(0, at);
    const name = Object.keys(parameters).find(
      (each) => each.toLowerCase() === given.replace(/[_-]/g, '').toLowerCase(),
    );
    if (name === undefined) return wrong(unknownParameter(given));
    if (name in settings) wrong(`has ${name} twice`);
    settings[name] = readSetting(name, at < 0 ? '' : pair.slice(at + 1));
  }
  return settings;
}

/** Text that cannot be a parameter's name may be part of a password, so it is not repeated. */
const unknownParameter = (given: string): string =>
  /^[a-z_-]{1,40}$/i.test(given)
    ? `has an unknown parameter ${given}: ${suggestion(given, Object.keys(parameters))}`
    : 'has a parameter that is not written as name=value';

function readSetting(name: string, text: string): unknown {
  const value = decoded(text);
  if (value === '') wrong(`has no value for ${name}`);
  switch (parameters[name]!) {
    case 'boolean':
      return value === 'true' || value === 'false' ? value === 'true' : wrong(`needs true or false as ${name}`);
    case 'number': {
      const least = name.startsWith('keepAlive') ? -1 : 1;
      return /^-?\d{1,9}$/.test(value) && Number(value) >= least ? Number(value) : wrong(`needs a number as ${name}`);
    }
    case 'preference':
      return (
        preferences.find((each) => each.toLowerCase() === value.toLowerCase()) ??
        wrong(`needs ${preferences.join(', ')} as ${name}`)
      );
    case 'file':
      return resolve(value);
    case 'text':
      return value;
  }
}
