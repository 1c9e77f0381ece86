/**
 * The supervisor: one small process per OPENHOUSE_HOME that owns the embedded servers. Commands start it when there is none
 * and stay connected to it while they need its servers; when the last one leaves, it stops the servers and exits.
 *
 * Not meant to be started by hand. The environment says which home and which servers (see platform/config/config.ts).
 */
import { appendFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadConfig } from '../config/config.ts';
import { homePaths, prepareHome } from '../home.ts';
import { listenForCommands } from './leases.ts';
import { tryLock } from './lock.ts';
import type { SupervisorAddress } from './protocol.ts';
import { embeddedServers } from './servers.ts';

const config = loadConfig();
const paths = homePaths(config.home);
prepareHome(config.home);

const attempt = tryLock(paths.run, 'supervisor');
// Another supervisor was faster: the command that started this one will find that one.
if ('heldBy' in attempt) process.exit(0);
const lock = attempt;
const heartbeat = setInterval(() => {
  if (lock.isHeld()) unlessDiskFull(() => lock.touch());
  else void stop('another supervisor has taken the lock');
}, 5_000);

if ((statSync(paths.supervisorLog, { throwIfNoEntry: false })?.size ?? 0) > 8 * 1024 * 1024)
  renameSync(paths.supervisorLog, `${paths.supervisorLog}.old`);
log(`started for ${config.home}`);

const servers = embeddedServers(config, log);
let stopping: Promise<void> | undefined;

const commands = await listenForCommands({
  config,
  servers,
  log,
  onIdle: () => void stop('no command needs the servers'),
});
const address: SupervisorAddress = { pid: process.pid, port: commands.port, token: commands.token };
writeFileSync(`${paths.supervisorFile}.new`, JSON.stringify(address), { mode: 0o600 });
renameSync(`${paths.supervisorFile}.new`, paths.supervisorFile);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(signal));
process.on('uncaughtException', (error) => {
  log(`failed: ${error.stack ?? error.message}`);
  void stop('it failed').finally(() => process.exit(1));
});

/** In this order: no new commands, no servers, then notify waiting commands, and only then allow a successor. */
function stop(why: string): Promise<void> {
  stopping ??= (async () => {
    log(`stopping: ${why}`);
    commands.refuseNew();
    if (lock.isHeld()) rmSync(paths.supervisorFile, { force: true }); // else it is the successor's
    await servers.stop();
    clearInterval(heartbeat);
    unlessDiskFull(() => lock.release());
    log('stopped');
    commands.close();
    process.exitCode = 0;
    // Do not wait for commands that do not read from their connections.
    setTimeout(() => process.exit(0), 500).unref();
  })();
  return stopping;
}

function log(text: string): void {
  unlessDiskFull(() => appendFileSync(paths.supervisorLog, `${new Date().toISOString()} [${process.pid}] ${text}\n`));
}

/** A write that is only nice to have must not take the servers down when it fails. */
function unlessDiskFull(write: () => void): void {
  try {
    write();
  } catch {
    // Commands that need the disk get the error from PostgreSQL.
  }
}
