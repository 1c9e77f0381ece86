/** Makes docs/images/console.png: the console's first page, with the sample data. `npm run picture` */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type Page } from 'playwright-core';
import { freePort } from '../../../platform/free-port.ts';
import { chromiumMissing, chromiumPath } from '../../console/support.ts';
import { projectFolder, startOpenhouse } from '../command.ts';
import { makeTemporaryFolder, removeFolder } from '../temporary-folder.ts';

const size = { width: 1280, height: 1180 };

/** Runs `openhouse start` until it has printed the console's address, and takes a picture of its first page. */
const takePicture = async (home: string, executablePath: string): Promise<void> => {
  const extraEnv = { OPENHOUSE_HOME: home, OPENHOUSE_CONSOLE_PORT: String(await freePort()) };
  const running = startOpenhouse(['start'], { extraEnv, stdio: ['ignore', 'pipe', 'inherit'], asInstalled: true });
  const ended = new Promise<void>((resolve) => running.once('close', () => resolve()));
  try {
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage({ viewport: size });
      await page.goto(await consoleOf(running.stdout!));
      await settled(page);
      await page.screenshot({ path: join(projectFolder, 'docs/images/console.png') });
    } finally {
      await browser.close();
    }
  } finally {
    running.kill('SIGTERM');
    await ended;
  }
};

/** Until every job has run and every message is sent. */
const settled = async (page: Page): Promise<void> => {
  for (let attempt = 0; attempt < 60; attempt++) {
    if (!/\b(?:pending|sending)\b|has not run yet/.test((await page.textContent('main')) ?? '')) return;
    await page.waitForTimeout(1_000);
    await page.reload();
  }
};

/** The address in what it prints. */
const consoleOf = async (printed: NodeJS.ReadableStream): Promise<string> => {
  for await (const line of createInterface({ input: printed })) {
    const [, address] = /^Console: (http:\S+)/.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error('openhouse start ended before its console was there');
};

if (chromiumPath === undefined) throw new Error(chromiumMissing);
const home = makeTemporaryFolder();
try {
  await takePicture(home, chromiumPath);
} finally {
  removeFolder(home);
}
