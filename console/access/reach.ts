import { BlockList, isIP } from 'node:net';
import type { Config } from '../../platform/config/config.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether a host name or address is certain to mean only this machine. */
export const isLoopback = (host: string): boolean => {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (name === 'localhost') return true;
  const version = isIP(name);
  return version !== 0 && loopback.check(name, version === 4 ? 'ipv4' : 'ipv6');
};

/**
 * Whether the console asks for a log-in: as soon as other machines can reach it, directly or through a web server in front of it.
 */
export const asksForLogIn = (config: Pick<Config, 'consoleLogIn' | 'consoleUrl'>, listensOn: string): boolean =>
  config.consoleLogIn === 'always' ||
  !isLoopback(listensOn) ||
  (config.consoleUrl !== undefined && !isLoopback(new URL(config.consoleUrl).hostname));
