import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorker } from '../support/processes.ts';
import { ARTIFACTS, openPage, startBrowser } from '../support/programs/browser.ts';

const MAIN = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));
const DEADLINE = { timeout: 120_000 };

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(() => browser?.close());

/** The demo with its page open and a leader elected. */
async function startDemo() {
  const env = { AWS_ENDPOINT_URL_DYNAMODB: undefined, TENURE_DYNAMODB_ENDPOINT: undefined };
  const demo = startWorker([MAIN, '--ui', '--json'], { env });
  const { url } = await demo.line((line) => 'url' in line);
  const opened = await openPage(browser, String(url));
  await leaderOf(opened.page);
  return { demo, url: String(url), ...opened };
}

/** The leader that the page shows, once it is another one than `notThis`. */
async function leaderOf(page: Page, notThis = ''): Promise<string> {
  const leading = page.locator(`.lane[data-state="leads"]:not([data-lane="${notThis}"])`);
  await leading.first().waitFor(DEADLINE);
  return (await leading.first().getAttribute('data-lane')) ?? '';
}

const lane = (page: Page, name: string) => page.locator(`.lane[data-lane="${name}"]`);

/** The tokens of a lane's bars, first to last. */
async function tokensOf(page: Page, name: string): Promise<readonly bigint[]> {
  const bars = await lane(page, name).locator('.bar.leads').all();
  const tokens = await Promise.all(bars.map((bar) => bar.getAttribute('data-token')));
  return tokens.map((token) => BigInt(token ?? ''));
}

/**
 * Strikes the leader, again if it no longer led at that moment. A term lasts two seconds without a
 * renewal, so on a busy machine the leader may have changed between reading the page and the button.
 */
async function strikeLeader(
  page: Page,
  strike: (leader: string) => Promise<boolean>,
): Promise<string> {
  for (;;) {
    const leader = await leaderOf(page);
    if (await strike(leader)) return leader;
  }
}

const press = (page: Page, name: string, action: string) =>
  lane(page, name)
    .getByRole('button', { name: `${action} ${name}` })
    .click(DEADLINE);

/** Presses a key that acts on the leader, again if there was none. Returns the candidate whose lane has the mark. */
async function pressForLeader(page: Page, key: string, mark: string): Promise<string> {
  const marked = page.locator(`.lane:has([data-mark="${mark}"])`);
  const nobody = page.locator('#toast', { hasText: 'nobody leads' });
  for (;;) {
    await leaderOf(page);
    await page.keyboard.press(key);
    await marked.or(nobody).first().waitFor(DEADLINE);
    if ((await marked.count()) > 0) return (await marked.getAttribute('data-lane')) ?? '';
    await nobody.waitFor({ ...DEADLINE, state: 'detached' });
  }
}

it('shows the gap and the new bar when the leader is killed by its button', async () => {
  const { demo, page, complaints, asked, url } = await startDemo();
  const gapsBefore = await page.locator('.gap').count();

  const first = await strikeLeader(page, async (leader) => {
    await page.keyboard.press('a');
    await press(page, leader, 'Kill');
    await lane(page, leader).and(page.locator('[data-state="gone"]')).waitFor(DEADLINE);
    return (await lane(page, leader).locator('.bar.dead').count()) > 0;
  });

  await page.locator('.gap').nth(gapsBefore).waitFor(DEADLINE);
  const second = await leaderOf(page, first);
  const [ended = 0n] = (await tokensOf(page, first)).slice(-1);
  expect((await tokensOf(page, second)).at(-1)).toBeGreaterThan(ended);
  await page.locator('#leader', { hasText: /\w/ }).waitFor(DEADLINE);
  expect(await lane(page, first).getAttribute('data-state')).toBe('gone');
  expect(await lane(page, first).getByRole('button').filter({ visible: true }).count()).toBe(0);
  expect(complaints).toEqual([]);
  expect(
    asked.filter((address) => !address.startsWith(url) && !address.startsWith('data:')),
  ).toEqual([]);
  demo.signal('SIGINT');
  expect(await demo.ended()).toMatchObject({ code: 0 });
});

it('hands the role to the candidate whose button is pressed', async () => {
  const { page, complaints } = await startDemo();
  await leaderOf(page);
  const offered = page.getByRole('button', { name: /^Lead / }).filter({ visible: true });

  // On a busy machine the leader's lease may run out meanwhile, and another candidate is elected.
  for (;;) {
    await offered.first().waitFor(DEADLINE);
    const chosen = (await offered.first().getAttribute('aria-label'))?.slice('Lead '.length) ?? '';
    const before = await leaderOf(page);
    if (chosen === before) continue;
    await press(page, chosen, 'Lead').catch(() => undefined);
    if ((await leaderOf(page, before)) === chosen) break;
  }

  expect(complaints).toEqual([]);
});

it('shows a refused write when a frozen leader wakes up', async () => {
  const { page, complaints } = await startDemo();

  await strikeLeader(page, async (leader) => {
    await press(page, leader, 'Freeze');
    await lane(page, leader).locator('.pause').first().waitFor(DEADLINE);
    await leaderOf(page, leader);
    await press(page, leader, 'Thaw');
    // The write is refused if its sender was frozen as leader and the new leader has written since.
    const refused = lane(page, leader).locator('[data-mark="refused"]').first();
    return refused.waitFor({ timeout: 20_000 }).then(
      () => true,
      () => false,
    );
  });

  await page.locator('#refused', { hasText: /^[1-9]/ }).waitFor(DEADLINE);
  await page.screenshot({ path: `${ARTIFACTS}live-page.png` });
  expect(complaints).toEqual([]);
});

it('is worked by the keyboard alone: stop, cut off, reconnect and add', async () => {
  const { page, complaints } = await startDemo();

  await page.keyboard.press('a');
  await page.locator('.lane').nth(3).waitFor(DEADLINE);
  const first = await pressForLeader(page, 's', 'stopping');
  await leaderOf(page, first);
  await lane(page, first).and(page.locator('[data-state="gone"]')).waitFor(DEADLINE);
  const second = await pressForLeader(page, 'c', 'cut-off');
  await leaderOf(page, second);
  const reconnect = lane(page, second).getByRole('button', { name: `Reconnect ${second}` });
  await reconnect.focus();
  await page.keyboard.press('Enter');

  const back = page.locator('[data-state="waits"], [data-state="leads"]');
  await lane(page, second).and(back).waitFor(DEADLINE);
  expect(await lane(page, second).locator('[data-mark="reconnected"]').count()).toBe(1);
  expect(complaints).toEqual([]);
});

it('follows light and dark, and tells a change of leader to a screen reader', async () => {
  const { page, url } = await startDemo();
  const paper = (of: Page) => of.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await openPage(browser, url, { colorScheme: 'dark', reducedMotion: 'reduce' });
  await leaderOf(dark.page);

  expect(await paper(page)).not.toBe(await paper(dark.page));
  await dark.page.screenshot({ path: `${ARTIFACTS}live-page-dark.png` });
  await page.waitForFunction(isLeaderInTheNews, undefined, DEADLINE);
  expect(dark.complaints).toEqual([]);
});

/** Runs in the page: it reads the leader and the news at one instant, so that no election comes between. */
function isLeaderInTheNews(): boolean {
  const leader = document.querySelector<HTMLElement>('.lane[data-state="leads"]')?.dataset.lane;
  const token = [...document.querySelectorAll<HTMLElement>(`[data-lane="${leader}"] .bar.leads`)];
  const news = document.querySelector('#news')?.textContent ?? '';
  return news.includes(`${leader} leads, token ${token.at(-1)?.dataset.token}`);
}
