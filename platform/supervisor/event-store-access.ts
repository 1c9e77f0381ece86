import { randomBytes, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import forge from 'node-forge';

/** Credentials for an embedded event store that requires them. Clients send them over TLS only, hence the certificate. */
export type EventStoreAccess = {
  readonly userName: string;
  readonly password: string;
  /** PEM; clients trust it as their CA. */
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Holds `user:password`. */
  readonly credentialsFile: string;
};

const userName = 'openhouse';
const validYears = 10;
const renewBeforeMs = 30 * 86_400_000;

/**
 * The certificate and credentials kept in a folder. Missing ones are created, and the certificate is renewed when it is about
 * to expire or does not cover one of the hosts. Only the folder's owner can read them.
 *
 * @param hosts names by which clients will connect, besides this machine's loopback names
 */
export function eventStoreAccess(folder: string, hosts: readonly string[] = []): EventStoreAccess {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const certificateFile = join(folder, 'server.crt');
  const keyFile = join(folder, 'server.key');
  const credentialsFile = join(folder, 'credentials');
  const names = [...new Set(['localhost', '127.0.0.1', '::1', ...hosts.flatMap(reachable)])];

  if (!existsSync(keyFile) || !covers(certificateFile, names)) {
    const { certificate, key } = makeCertificate(names);
    write(keyFile, key);
    write(certificateFile, certificate);
  }
  if (!existsSync(credentialsFile)) write(credentialsFile, `${userName}:${randomBytes(24).toString('hex')}\n`);
  const [user = '', password = ''] = readFileSync(credentialsFile, 'utf8').trim().split(':');
  return { userName: user, password, certificateFile, keyFile, credentialsFile };
}

/** The command-line arguments that pass it to the event store. */
export const eventStoreAccessArguments = (access: EventStoreAccess): string[] => [
  ...['--tls-certificate', access.certificateFile],
  ...['--tls-key', access.keyFile],
  ...['--credentials', access.credentialsFile],
];

/** The connection string; without `access`, of a server that requires no credentials. */
export function eventStoreUrl(host: string, port: number, access: EventStoreAccess | undefined): string {
  // A server that listens on all addresses is reachable on loopback.
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  if (access === undefined) return `esdb://${name}:${port}?tls=false`;
  const { userName, password, certificateFile } = access;
  // By name: Node warns on stderr about an IP address as a TLS server name.
  const tlsName = name === '127.0.0.1' ? 'localhost' : name;
  return `esdb://${userName}:${password}@${tlsName}:${port}?tls=true&tlsCAFile=${encodeURIComponent(certificateFile)}`;
}

/** The names and addresses of a host; for a wildcard address, all those of this machine. */
function reachable(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host];
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}

function covers(certificateFile: string, names: readonly string[]): boolean {
  if (!existsSync(certificateFile)) return false;
  try {
    const certificate = new X509Certificate(readFileSync(certificateFile));
    const covered = (name: string) =>
      (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
    return Date.parse(certificate.validTo) - Date.now() > renewBeforeMs && names.every(covered);
  } catch {
    return false; // not a valid certificate: create a new one
  }
}

function makeCertificate(names: readonly string[]): { certificate: string; key: string } {
  const { pki } = forge;
  const keys = pki.rsa.generateKeyPair(2048);
  const certificate = pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  // Positive and unique: some clients remember certificates by issuer and serial number.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  const { notBefore, notAfter } = certificate.validity;
  notBefore.setDate(notBefore.getDate() - 1);
  notAfter.setFullYear(notAfter.getFullYear() + validYears);
  const subject = [{ name: 'commonName', value: 'openhouse event store' }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, keyCertSign: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectKeyIdentifier' },
    {
      name: 'subjectAltName',
      altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
    },
  ]);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  return { certificate: pki.certificateToPem(certificate), key: pki.privateKeyToPem(keys.privateKey) };
}

/** Writes atomically, and never readable by others, not even for a moment. */
function write(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}
