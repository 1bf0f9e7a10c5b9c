/** The page of a group: members killed by button, moves as they happen, and as wide as a phone. */
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type BoardEvent, createGroupHub, startDashboard } from '../../lib/dashboard/index.ts';
import { startWorker } from '../support/processes.ts';
import { ARTIFACTS, openPage, startBrowser } from '../support/programs/browser.ts';

const MAIN = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));
/** Deadlines that only a defect reaches. */
const DEADLINE = { timeout: 240_000 };
const PARTITIONS = 24;

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

const card = (page: Page, name: string) => page.locator(`.member[data-lane="${name}"]`);

/** Waits until each of these members leads a partition, and together they lead all. */
async function ledBy(page: Page, names: readonly string[]): Promise<void> {
  await page.waitForFunction(
    ({ members, partitions }) => {
      const counts = members.map((name) =>
        Number(document.querySelector<HTMLElement>(`[data-lane="${name}"]`)?.dataset.leads ?? 0),
      );
      const led = counts.reduce((sum, count) => sum + count, 0);
      return led === partitions && Math.min(...counts) > 0;
    },
    { members: names, partitions: PARTITIONS },
    DEADLINE,
  );
}

it('shows what each member leads, and what moves when one is killed by its button', async () => {
  const env = { AWS_ENDPOINT_URL_DYNAMODB: undefined, TENURE_DYNAMODB_ENDPOINT: undefined };
  const demo = startWorker([MAIN, '--partitions', '--ui', '--json'], { env });
  const { url } = await demo.line((line) => 'url' in line);
  const { page, complaints } = await openPage(browser, String(url));
  await ledBy(page, ['north', 'east', 'south', 'west']);
  await card(page, 'north').getByRole('button', { name: 'Kill north' }).click(DEADLINE);

  await card(page, 'north').and(page.locator('[data-state="killed"]')).waitFor(DEADLINE);
  await page.locator('.move', { hasText: 'north to' }).first().waitFor(DEADLINE);
  await ledBy(page, ['east', 'south', 'west']);
  expect(await card(page, 'north').getByRole('button').count()).toBe(0);
  expect(await card(page, 'north').locator('.chip').count()).toBe(0);
  await page.screenshot({ path: `${ARTIFACTS}group-page.png` });

  await page.getByRole('button', { name: 'Add a member' }).click(DEADLINE);
  await ledBy(page, ['east', 'south', 'west', 'zenith']);
  expect(complaints).toEqual([]);
  demo.signal('SIGINT');
  expect(await demo.ended()).toMatchObject({ code: 0 });
});

const now = Date.now();
const elected = (partition: number, member: string, token: string): BoardEvent => {
  return { kind: 'elected', partition, member, token, atEpochMs: now };
};
const longName = (n: number) => `a-service-with-a-name-of-its-own/${'0'.repeat(24)}-${n}`;

it.each([
  [390, 300],
  [1_280, 1_000],
])(
  'fits a window of %i pixels with %i partitions, in light and dark',
  async (width, partitions) => {
    const hub = createGroupHub();
    hub.publish({ kind: 'group', partitions, atEpochMs: now });
    for (let n = 0; n < partitions - 5; n += 1) hub.publish(elected(n, longName(n % 7), '1'));
    for (let n = 0; n < 20; n += 1) hub.publish(elected(n, longName(7), '2'));
    hub.publish({ kind: 'member', member: longName(2), state: 'frozen', atEpochMs: now });
    const actions = { perform: async () => {} };
    const dashboard = await startDashboard({
      title: 'orders',
      subtitle: 'table tenure',
      hub,
      actions,
    });
    onTestFinished(() => dashboard.stop());
    const { page, complaints } = await openPage(browser, dashboard.url, { colorScheme: 'dark' });
    await page.setViewportSize({ width, height: 844 });
    await page.locator('.move').first().waitFor(DEADLINE);

    const past = await page.evaluate(() =>
      [...document.querySelectorAll('body *')]
        .filter(
          (one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1,
        )
        .map((one) => `${one.tagName}.${one.className}`),
    );
    expect(past).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      width,
    );
    await page.screenshot({ path: `${ARTIFACTS}group-page-${width}.png`, fullPage: true });
    expect(complaints).toEqual([]);
  },
);
