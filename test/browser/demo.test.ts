import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ARTIFACTS, openPage, startBrowser } from '../support/browser.ts';
import { startWorker } from '../support/processes.ts';

const MAIN = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));
const DEADLINE = { timeout: 45_000 };
// An engine, three workers and a browser for each test, on a machine that does other things too.
vi.setConfig({ testTimeout: 120_000 });

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(() => browser?.close());

/** The demo with its page open and a leader elected. */
async function startDemo() {
  const env = { AWS_ENDPOINT_URL_DYNAMODB: undefined, TENURE_DYNAMODB_ENDPOINT: undefined };
  const demo = startWorker([MAIN, '--ui', '--json'], { env });
  const { url } = await demo.line((line) => 'url' in line, { withinMs: 60_000 });
  const opened = await openPage(browser, String(url));
  await leaderOf(opened.page);
  return { demo, url: String(url), ...opened };
}

/** Who leads by the page, once anybody but this one does. */
async function leaderOf(page: Page, notThis = ''): Promise<string> {
  const leading = page.locator(`.lane[data-state="leads"]:not([data-lane="${notThis}"])`);
  await leading.first().waitFor(DEADLINE);
  return (await leading.first().getAttribute('data-lane')) ?? '';
}

const lane = (page: Page, name: string) => page.locator(`.lane[data-lane="${name}"]`);

it('shows the gap and the new bar when the leader is killed by its button', async () => {
  const { demo, page, complaints, asked, url } = await startDemo();
  const first = await leaderOf(page);
  const gapsBefore = await page.locator('.gap').count();

  await lane(page, first)
    .getByRole('button', { name: `Kill ${first}` })
    .click();

  await page.locator('.gap').nth(gapsBefore).waitFor(DEADLINE);
  await lane(page, first).locator('.bar.dead').waitFor(DEADLINE);
  const second = await leaderOf(page, first);
  await lane(page, second).locator('.bar.leads[data-token="2"]').waitFor(DEADLINE);
  await page.locator('#leader', { hasText: second }).waitFor(DEADLINE);
  expect(await lane(page, first).getAttribute('data-state')).toBe('gone');
  expect(await lane(page, first).getByRole('button').filter({ visible: true }).count()).toBe(0);
  expect(complaints).toEqual([]);
  expect(
    asked.filter((address) => !address.startsWith(url) && !address.startsWith('data:')),
  ).toEqual([]);
  demo.signal('SIGINT');
  expect(await demo.ended()).toMatchObject({ code: 0 });
});

it('shows a refused write when a frozen leader wakes up', async () => {
  const { page, complaints } = await startDemo();
  const first = await leaderOf(page);

  await lane(page, first)
    .getByRole('button', { name: `Freeze ${first}` })
    .click();
  await lane(page, first).locator('.pause').waitFor(DEADLINE);
  const second = await leaderOf(page, first);
  // What the new leader has written is what refuses the old one's write.
  await lane(page, second).locator('.bar.leads').first().waitFor(DEADLINE);
  await lane(page, first)
    .getByRole('button', { name: `Thaw ${first}` })
    .click();

  await lane(page, first).locator('[data-mark="refused"]').waitFor(DEADLINE);
  await page.locator('#refused', { hasText: /^1$/ }).waitFor(DEADLINE);
  expect(await leaderOf(page)).toBe(second);
  await page.screenshot({ path: `${ARTIFACTS}live-page.png` });
  expect(complaints).toEqual([]);
});

it('is worked by the keyboard alone: stop, cut off, reconnect and add', async () => {
  const { page, complaints } = await startDemo();
  const first = await leaderOf(page);

  await page.keyboard.press('a');
  await page.locator('.lane').nth(3).waitFor(DEADLINE);
  await page.keyboard.press('s');
  const second = await leaderOf(page, first);
  await lane(page, first).and(page.locator('[data-state="gone"]')).waitFor(DEADLINE);
  await page.keyboard.press('c');
  await lane(page, second).locator('[data-mark="cut-off"]').waitFor(DEADLINE);
  await leaderOf(page, second);
  const reconnect = lane(page, second).getByRole('button', { name: `Reconnect ${second}` });
  await reconnect.focus();
  await page.keyboard.press('Enter');

  await lane(page, second).and(page.locator('[data-state="waits"]')).waitFor(DEADLINE);
  expect(await lane(page, second).locator('[data-mark="reconnected"]').count()).toBe(1);
  expect(complaints).toEqual([]);
});

it('follows light and dark, and tells a change of leader to who cannot see it', async () => {
  const { page, url } = await startDemo();
  const paper = (of: Page) => of.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await openPage(browser, url, { colorScheme: 'dark', reducedMotion: 'reduce' });
  await leaderOf(dark.page);

  expect(await paper(page)).not.toBe(await paper(dark.page));
  await dark.page.screenshot({ path: `${ARTIFACTS}live-page-dark.png` });
  const leader = await leaderOf(page);
  await page
    .locator('#news', { hasText: `${leader} leads, token 1` })
    .waitFor({ ...DEADLINE, state: 'attached' });
  expect(dark.complaints).toEqual([]);
});
