import { BlockList, isIP } from 'node:net';

/** Addresses of this machine or a private network: RFC 1918, 6598, 3927, 4193, 4291, and reserved ranges. */
const inHouse = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  inHouse.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  inHouse.addSubnet(network, prefix, 'ipv6');

/** Names that resolve only within a local network (RFC 6761, 6762, 8375, and those that routers and containers use). */
const houseNames =
  /(^|\.)(localhost|localdomain|local|internal|intranet|lan|home|corp|private|invalid|test|home\.arpa)$/;

/**
 * Why the addresses of pages cannot begin with this URL, or `null` if they can. A password in it would go into every link.
 *
 * @param example what it should look like
 */
export const whyNotWebAddress = (address: string, example: string): string | null => {
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return `must look like ${example}`;
  const { username, password } = new URL(address);
  if (username !== '' || password !== '') return 'must not contain a user name or a password: everyone sees it';
  return /[?#]/.test(address) ? 'must not contain ? or #: the addresses of pages are appended to it' : null;
};

/**
 * Why people elsewhere could not follow a link to this URL, or `null` if they could: it must be https, and its host must
 * be neither this machine nor on a private network.
 *
 * @example whyNotPublic('http://127.0.0.1:4000') // 'must begin with https://'
 */
export const whyNotPublic = (address: string): string | null => {
  if (!URL.canParse(address)) return 'must look like https://crm.example.com';
  const url = new URL(address);
  if (url.protocol !== 'https:') return 'must begin with https://';
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const kind = isIP(host);
  if (kind !== 0) {
    return inHouse.check(host, kind === 4 ? 'ipv4' : 'ipv6') ? 'must be a public address' : null;
  }
  return host.includes('.') && !houseNames.test(host) ? null : 'must be a public host name';
};
