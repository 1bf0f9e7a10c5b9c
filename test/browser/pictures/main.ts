/**
 * `npm run pictures`: the README's pictures, each from a real run: the demo in its terminal, and the live page
 * in the browser of the tests, with a crash, a freeze and a refused write on it.
 *
 * On a busy machine more terms lapse, and the pictures show it. Use a quiet machine.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { startBrowser } from '../../support/programs/browser.ts';
import { animatedSvg, type TimedLine } from './animated-svg.ts';

const DEMO = fileURLToPath(new URL('../../../demo/main.ts', import.meta.url));
const PICTURES = fileURLToPath(new URL('../../../docs/pictures/', import.meta.url));
/** A laptop's page, at which the picture stays legible at half its size. */
const VIEWPORT = { width: 1_000, height: 640 };
const [ROWS, COLUMNS] = [24, 104];
const env = {
  ...process.env,
  AWS_ENDPOINT_URL_DYNAMODB: undefined,
  TENURE_DYNAMODB_ENDPOINT: undefined,
};

mkdirSync(PICTURES, { recursive: true });
writeFileSync(`${PICTURES}demo.svg`, await recordDemo());
await photographPage();

/** @throws an Error where the demo says that something was lost. */
async function recordDemo(): Promise<string> {
  const lines: TimedLine[] = [];
  const demo = spawn(process.execPath, [DEMO], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => demo.once('close', resolve));
  const startedAt = performance.now();
  for await (const text of createInterface({ input: demo.stdout })) {
    lines.push({ atMs: Math.round(performance.now() - startedAt), text });
  }
  const code = await ended;
  if (code !== 0) throw new Error(`the demo ended with ${String(code)}`);
  return animatedSvg({ lines, command: 'npm run demo', rows: ROWS, columns: COLUMNS });
}

async function photographPage(): Promise<void> {
  const demo = spawn(process.execPath, [DEMO, '--ui', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const browser = await startBrowser();
  try {
    const page = await browser.newPage({ viewport: VIEWPORT });
    await page.goto(await urlOf(demo.stdout));
    const first = await strikeLeader(page, 'kill');
    const second = await strikeLeader(page, 'freeze', first);
    await leaderOf(page, second);
    await page.getByRole('button', { name: `thaw ${second}` }).click();
    await page.locator('#refused', { hasText: /^[1-9]/ }).waitFor({ timeout: 60_000 });
    await delay(2_000);
    await page.screenshot({ path: `${PICTURES}live-page.png` });
  } finally {
    await browser.close();
    demo.kill('SIGTERM');
  }
}

async function urlOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const url = /"url":"([^"]+)"/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error('the demo has no page');
}

/** The leader that the page shows, once it is another one than `notThis`. */
async function leaderOf(page: Page, notThis = ''): Promise<string> {
  const leading = page.locator(`.lane[data-state="leads"]:not([data-lane="${notThis}"])`).first();
  await leading.waitFor({ timeout: 60_000 });
  return (await leading.getAttribute('data-lane')) ?? '';
}

async function strikeLeader(page: Page, action: string, notThis = ''): Promise<string> {
  const leader = await leaderOf(page, notThis);
  // The picture must show some renewals and writes before the demo ends.
  await delay(3_000);
  await page.getByRole('button', { name: `${action} ${leader}` }).click();
  return leader;
}
