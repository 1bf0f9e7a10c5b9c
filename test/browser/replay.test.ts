import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorker } from '../support/processes.ts';
import { ARTIFACTS, openPage, startBrowser } from '../support/programs/browser.ts';
import { recordHour } from './record-hour.ts';
import { longestTaskMs } from './tasks.ts';

const PROGRAM = fileURLToPath(new URL('./programs/replay.ts', import.meta.url));
/** An hour in 15 seconds: every second of the page is four minutes of events. */
const SPEED = 240;
const MEGABYTE = 1_048_576;
const BOUND_MB = 150;
const TASK_MS_MAX = 50;

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(() => browser?.close());

/** The page's own memory, and its part of the memory that it shares with other processes. */
async function pageMegabytes(): Promise<number> {
  const cdp = await browser.newBrowserCDPSession();
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
  await cdp.detach();
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => {
      const rollup = readFileSync(`/proc/${id}/smaps_rollup`, 'utf8');
      return Number(/^Pss: +(\d+) kB/m.exec(rollup)?.[1]) / 1_024;
    });
  return Math.max(...sizes);
}

/** Replays the hour into a page that shows a quarter of it. */
async function replay(hooks: { before?: (page: Page) => Promise<void> } = {}) {
  const events = await recordHour();
  const file = `${ARTIFACTS}hour-of-ten-lanes.jsonl`;
  writeFileSync(file, `${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
  const server = startWorker([PROGRAM, file, String(SPEED)]);
  const { url } = await server.line((line) => 'url' in line);
  const { page, complaints } = await openPage(browser, String(url));
  await page.locator('#link[data-live="true"]').waitFor();
  await page.locator('[data-range="900000"]').click();
  await hooks.before?.(page);
  server.stdin.write('play\n');
  const replayed = await server.event('replayed');
  await page.locator('.lane').nth(9).waitFor();
  expect(events.length).toBeGreaterThan(1_000);
  expect(replayed.events).toBe(events.length);
  expect(Number(replayed.terms)).toBeGreaterThanOrEqual(30);
  expect(complaints).toEqual([]);
  return { page, replayed };
}

function keep(name: string, figures: object): void {
  writeFileSync(`${ARTIFACTS}${name}.json`, `${JSON.stringify(figures)}\n`);
}

it('keeps page and server within their memory over an hour of ten lanes', async () => {
  const { page, replayed } = await replay();

  const pageMb = await pageMegabytes();
  const serverMb = Number(replayed.maxRssBytes) / MEGABYTE;

  await page.screenshot({ path: `${ARTIFACTS}replayed-hour.png` });
  keep('replayed-hour-memory', { pageMb, serverMb });
  await page.close();
  expect(pageMb).toBeLessThan(BOUND_MB);
  expect(serverMb).toBeLessThan(BOUND_MB);
});

it('has no task of 50 ms in the page over an hour of ten lanes', async () => {
  const { page } = await replay({
    before: (opened) => browser.startTracing(opened, { categories: ['toplevel'] }),
  });

  const longestMs = longestTaskMs(await browser.stopTracing());

  keep('replayed-hour-tasks', { longestMs });
  await page.close();
  expect(longestMs).toBeGreaterThan(0);
  expect(longestMs).toBeLessThan(TASK_MS_MAX);
});
