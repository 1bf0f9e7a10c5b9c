/**
 * A candidate over a queue that is paused at the worst moment: between an answer and the next step.
 */
import { describe, expect, it } from 'vitest';
import type { SqsCall } from '../support/sqs/sqs-call.ts';
import { until } from '../support/until.ts';
import { electedToken, prepareArena } from './candidates.ts';

describe('a candidate that is paused', () => {
  /** Holds back answers to this candidate alone until the test lets them go. */
  function hold(matches: (call: SqsCall) => boolean) {
    const reached = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    let taken = false;
    const matchOnce = (call: SqsCall) => {
      if (taken || !matches(call)) return false;
      taken = true;
      reached.resolve();
      return true;
    };
    return { reached: reached.promise, go: go.resolve, until: go.promise, matchOnce };
  }

  it('never leads on a baton that it received before, and has not sent a successor for', async () => {
    const { start, sqs, batons } = await prepareArena();
    const held = hold(({ action }) => action === 'ReceiveMessage');
    sqs.setFault((call) =>
      held.matchOnce(call) ? { kind: 'hold-answer', until: held.until } : undefined,
    );
    const paused = start();
    await held.reached;
    await until(() => batons() === 1);
    paused.signal('SIGSTOP');
    held.go();
    const rival = start();
    await rival.event('elected');
    const sends = () => sqs.calls.filter(({ action }) => action === 'SendMessage').length;
    const sent = sends();

    paused.signal('SIGCONT');

    await paused.event('standby');
    expect(sends()).toBe(sent);
    expect(paused.lines.some(({ event }) => event === 'elected')).toBe(false);
    expect(rival.lines.some(({ event }) => event === 'lost')).toBe(false);
  });

  it('harms no leader by a successor that arrives late', async () => {
    const { start, sqs, batons } = await prepareArena();
    const held = hold(
      ({ action, input }) =>
        action === 'SendMessage' && !String(input.MessageBody).includes('seed'),
    );
    sqs.setFault((call) =>
      held.matchOnce(call) ? { kind: 'hold-request', until: held.until } : undefined,
    );
    const paused = start();
    await held.reached;
    paused.signal('SIGSTOP');
    const rival = start();
    await rival.event('elected');
    const token = await electedToken(rival);
    const before = batons();

    held.go();
    await until(() => batons() > before);
    paused.signal('SIGCONT');

    await paused.event('standby');
    expect(paused.lines.some(({ event }) => event === 'elected')).toBe(false);
    expect(rival.lines.some(({ event }) => event === 'lost')).toBe(false);
    // The late successor's number is above the leader's token. It refuses no write, since it is not a token.
    rival.signal('SIGTERM');
    expect(await electedToken(paused)).toBeGreaterThan(token);
  });
});
