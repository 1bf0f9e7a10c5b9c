/**
 * The page as wide as a phone, with twenty candidates, and with an election that nobody leads: nothing lies
 * over anything else, and nothing past an edge.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { createHub, type FeedEvent, startDashboard } from '../../lib/dashboard/index.ts';
import { ARTIFACTS, openPage, startBrowser } from '../support/programs/browser.ts';

const PHONE = { width: 390, height: 844 };
const TABLET = { width: 768, height: 1024 };
const WIDE = { width: 1280, height: 800 };

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

/** An id in the default form, with the longest length that is allowed. */
const idOf = (n: number) => `a-service-with-a-name-of-its-own/${'0'.repeat(24)}-${n}`;

function joined(count: number): FeedEvent[] {
  const atEpochMs = Date.now() - 60_000;
  return Array.from({ length: count }, (_, n) => ({ event: 'joined', lane: idOf(n), atEpochMs }));
}

/** One candidate has led for 20 s, one is frozen, one is cut off and one has gone: all kinds of buttons show. */
function story(count: number): FeedEvent[] {
  const now = Date.now();
  const about = (n: number, agoMs: number) => ({ lane: idOf(n), atEpochMs: now - agoMs });
  return [
    ...joined(count),
    { ...about(1, 50_000), event: 'elected', token: '1', remainingMs: 10_000 },
    { ...about(1, 40_000), event: 'resigned', token: '1' },
    { ...about(0, 20_000), event: 'elected', token: '2', remainingMs: 600_000 },
    { ...about(1, 15_000), event: 'frozen' },
    { ...about(2, 12_000), event: 'cut-off' },
    { ...about(3, 10_000), event: 'killed' },
  ];
}

async function shown(events: readonly FeedEvent[], viewport: typeof PHONE, lanes: number) {
  const hub = createHub();
  for (const event of events) hub.publish(event);
  const actions = { perform: async () => {} };
  const title = 'nightly-report-of-every-region';
  const subtitle = 'table tenure at http://127.0.0.1:8000';
  const dashboard = await startDashboard({ title, subtitle, hub, actions });
  onTestFinished(() => dashboard.stop());
  const { page, complaints } = await openPage(browser, dashboard.url);
  await page.setViewportSize(viewport);
  if (lanes > 0)
    await page
      .locator('.lane')
      .nth(lanes - 1)
      .waitFor({ timeout: 120_000 });
  await page.locator('#leader', { hasText: /./ }).waitFor({ timeout: 120_000 });
  return { page, complaints };
}

/** Which visible elements lie past an edge, and which buttons cover a track or another button. */
function faultsOf(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const boxes = (selector: string) =>
      [...document.querySelectorAll(selector)]
        .map((element) => ({ element, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && box.height > 0);
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth > clientWidth) faults.push(`the page is ${scrollWidth} wide in ${clientWidth}`);
    for (const { element, box } of boxes('h1, h2, p, dd, dt, button, .name, .state, .track')) {
      if (element.closest('.unseen, .toast')) continue;
      if (box.left < -0.5 || box.right > clientWidth + 0.5) {
        faults.push(
          `${element.className || element.tagName} past the edge: ${element.textContent}`,
        );
      }
    }
    const tracks = boxes('.track');
    for (const { element, box } of boxes('.head > *, .buttons button')) {
      for (const track of tracks) {
        const across = box.right - track.box.left > 1 && track.box.right - box.left > 1;
        const down = box.bottom - track.box.top > 1 && track.box.bottom - box.top > 1;
        if (across && down) faults.push(`${element.textContent} lies over a track`);
      }
    }
    return [...new Set(faults)];
  });
}

it.each([
  ['four candidates', 4, PHONE],
  ['twenty candidates', 20, PHONE],
  ['twenty candidates', 20, TABLET],
  ['twenty candidates', 20, WIDE],
])('shows %s without an overlap: %i at %j', async (_what, count, viewport) => {
  const { page, complaints } = await shown(story(count), viewport, count);

  await page.screenshot({
    path: `${ARTIFACTS}page-${count}-${viewport.width}.png`,
    fullPage: true,
  });

  expect(await faultsOf(page)).toEqual([]);
  const names = await page.locator('.lane .name').allTextContents();
  expect(new Set(names).size).toBe(count);
  expect(complaints).toEqual([]);
});

it.each([
  ['nobody has led', joined(3)],
  ['nobody leads any more', [...story(3).slice(0, 5)]],
  ['nobody has come', []],
])('shows an election that %s', async (what, events) => {
  const lanes = events.length === 0 ? 0 : 3;
  for (const viewport of [PHONE, TABLET, WIDE]) {
    const { page, complaints } = await shown(events, viewport, lanes);

    const path = `${ARTIFACTS}page-${what.replaceAll(' ', '-')}-${viewport.width}.png`;
    await page.screenshot({ path, fullPage: true });

    expect(await faultsOf(page)).toEqual([]);
    expect(await page.locator('#leader').textContent()).toBe('nobody');
    expect(complaints).toEqual([]);
  }
});
