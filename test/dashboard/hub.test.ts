import { expect, it } from 'vitest';
import { createHub, type FeedEvent } from '../../lib/dashboard/index.ts';

const elected = (n: number): FeedEvent => ({
  event: 'elected',
  lane: `c${n % 3}`,
  atEpochMs: n,
  token: String(n),
  remainingMs: 1,
});

it('gathers what happens at once into one message', async () => {
  const hub = createHub({ nowEpochMs: () => 42 });
  const stop = new AbortController();
  const messages = hub.follow(stop.signal);
  await messages.next();
  const next = messages.next();
  for (let n = 0; n < 10; n += 1) hub.publish(elected(n));

  const { value } = await next;

  expect(value).toMatchObject({ kind: 'events', nowEpochMs: 42 });
  expect(value?.kind === 'events' && value.events).toHaveLength(10);
  stop.abort();
});

it('gives a page that cannot keep up the whole time line again, and no queue that grows', async () => {
  const hub = createHub();
  const stop = new AbortController();
  const messages = hub.follow(stop.signal);
  await messages.next();
  const pending = messages.next();
  for (let n = 0; n < 5_000; n += 1) hub.publish(elected(n));

  const { value } = await pending;

  expect(value).toMatchObject({ kind: 'snapshot', state: { terms: 5_000 } });
  const next = messages.next();
  hub.publish(elected(5_001));
  expect((await next).value).toMatchObject({ kind: 'events', events: [{ token: '5001' }] });
  stop.abort();
});

it('ends when its page has gone', async () => {
  const hub = createHub();
  const stop = new AbortController();
  const messages = hub.follow(stop.signal);
  await messages.next();
  const next = messages.next();
  stop.abort();

  expect((await next).done).toBe(true);
});
