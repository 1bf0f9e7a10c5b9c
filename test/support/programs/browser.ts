/** A browser for a test: headless, offline except for loopback. Every error of a page is kept. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumForTests } from '../../tools/chromium.ts';

/** Root in a container has no sandbox, so none is asked for. No network is reached. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-precise-memory-info',
];

export const ARTIFACTS = fileURLToPath(new URL('../../../.artifacts/', import.meta.url));

export async function startBrowser(): Promise<Browser> {
  mkdirSync(ARTIFACTS, { recursive: true });
  const { executablePath, env } = await chromiumForTests();
  return chromium.launch({ executablePath, args: FLAGS, env: { ...process.env, ...env } });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors, warnings and failed requests, in words. */
  readonly complaints: readonly string[];
  /** Addresses that were asked for. */
  readonly asked: readonly string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  options: { colorScheme?: 'light' | 'dark'; reducedMotion?: 'reduce' } = {},
): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
  const complaints: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => asked.push(request.url()));
  await page.addInitScript(noteLongTasks);
  await page.goto(url);
  return { page, complaints, asked };
}

/** Runs in the page, before anything else does. */
function noteLongTasks(): void {
  const noted = globalThis as { longTasks?: number[] };
  noted.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) noted.longTasks?.push(duration);
  }).observe({ type: 'longtask', buffered: true });
}

/** Milliseconds of each task of over 50 ms so far. */
export function longTasksOf(page: Page): Promise<readonly number[]> {
  return page.evaluate(() => (globalThis as { longTasks?: number[] }).longTasks ?? []);
}
