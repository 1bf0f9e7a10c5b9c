/**
 * Elections over the strict queue, in one process, on the real clock.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { PurgeQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { formatToken } from '../../lib/core/token.ts';
import { isTenureError } from '../../lib/errors.ts';
import { until } from '../support/until.ts';
import { createBatonQueue, createSeededQueue, electionOver, nameOf, strictSqs } from './queues.ts';

describe('an election over a queue', () => {
  it('elects one of two candidates, and the other once the first has resigned', async () => {
    const sqs = await strictSqs();
    const queueUrl = await createSeededQueue(sqs);
    const first = await electionOver(sqs, queueUrl).campaign();
    const waiting = electionOver(sqs, queueUrl).campaign();
    let elected = false;
    void waiting.then(() => {
      elected = true;
    });
    await first.throwIfOver();
    expect(elected).toBe(false);

    await first.resign();

    await using second = await waiting;
    expect(second.token).toBeGreaterThan(first.token);
    expect(first.remainingMs()).toBe(0);
  });

  it('gives one attempt no term while another candidate leads', async () => {
    const sqs = await strictSqs();
    const queueUrl = await createSeededQueue(sqs);
    await using term = await electionOver(sqs, queueUrl).campaign();
    expect(await electionOver(sqs, queueUrl).tryCampaign()).toBeUndefined();
    term.throwIfOver();
  });

  it('has a token that keeps all of its 20 digits', async () => {
    const sqs = await strictSqs();
    const queueUrl = await createSeededQueue(sqs);
    // SQS numbers messages with 20 digits today, which a double would round.
    sqs.numberFrom(nameOf(queueUrl), 18_889_999_999_999_999_871n);
    await using term = await electionOver(sqs, queueUrl).campaign();
    expect(formatToken(term.token)).toBe('18889999999999999873');
  });

  it('keeps leading over many visibility timeouts', async () => {
    const sqs = await strictSqs();
    const queueUrl = await createSeededQueue(sqs);
    const election = electionOver(sqs, queueUrl);
    await using term = await election.campaign();
    for (let n = 0; n < 8; n += 1) {
      const renewals = () => election.events.filter(({ event }) => event === 'renewed').length;
      const before = renewals();
      await until(() => renewals() > before);
    }
    term.throwIfOver();
    expect(sqs.queue(nameOf(queueUrl)).counts()).toEqual({ visible: 1, inFlight: 1 });
  });

  it('is deposed by a purge, and a candidate leads again with a higher token', async () => {
    const sqs = await strictSqs();
    const queueUrl = await createSeededQueue(sqs);
    const emptyForMs = 1_000;
    const election = electionOver(sqs, queueUrl, { baton: { emptyForMs, pollWaitMs: 1_000 } });
    const first = await election.campaign();

    await sqs.client.send(new PurgeQueueCommand({ QueueUrl: queueUrl }));

    await until(() => first.signal.aborted);
    expect(first.signal.reason).toMatchObject({ why: 'deposed' });
    await first.resign();
    await using second = await election.campaign();
    expect(second.token).toBeGreaterThan(first.token);
  });

  it('leads in a queue that never had a baton', async () => {
    const sqs = await strictSqs();
    const queueUrl = await createBatonQueue(sqs);
    const options = { baton: { emptyForMs: 1_000, pollWaitMs: 1_000 } };
    const elections = [1, 2, 3].map(() => electionOver(sqs, queueUrl, options));
    const stop = new AbortController();
    const campaigns = elections.map((one) => one.campaign({ signal: stop.signal }));

    await using term = await Promise.any(campaigns);

    term.throwIfOver();
    // All three candidates found the queue empty, and all three sent under one id.
    expect(sqs.queue(nameOf(queueUrl)).counts().visible).toBeLessThanOrEqual(2);
    stop.abort();
    await Promise.allSettled(campaigns);
  });

  it('hands over on its own before a message may be invisible no longer', async () => {
    const sqs = await strictSqs();
    const queueUrl = await createSeededQueue(sqs);
    const election = electionOver(sqs, queueUrl, { baton: { termMsMax: 1_500 } });
    const tokens: bigint[] = [];
    const stop = new AbortController();

    await election.leadWhile(
      async (term) => {
        tokens.push(term.token);
        if (tokens.length === 3) return stop.abort();
        await new Promise((resolve) => term.signal.addEventListener('abort', resolve));
      },
      { signal: stop.signal },
    );

    expect(tokens).toHaveLength(3);
    expect(tokens.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(tokens);
  });

  it('leads on in a next term when work rejects because such a hand-over told it to stop', async () => {
    const sqs = await strictSqs();
    const queueUrl = await createSeededQueue(sqs);
    const election = electionOver(sqs, queueUrl, { baton: { termMsMax: 1_500 } });
    let terms = 0;
    const result = await election.leadWhile(async ({ signal }) => {
      terms += 1;
      if (terms === 3) return 'done';
      return delay(60_000, 'late', { signal });
    });
    expect(result).toBe('done');
  });

  it('leaves nothing of a campaign that is aborted in its poll', async () => {
    const sqs = await strictSqs();
    const queueUrl = await createBatonQueue(sqs);
    const stop = new AbortController();
    const campaign = electionOver(sqs, queueUrl).campaign({ signal: stop.signal });
    await until(() => sqs.calls.some(({ action }) => action === 'ReceiveMessage'));

    stop.abort(new Error('enough'));

    await expect(campaign).rejects.toThrow('enough');
  });

  it('refuses to show who leads', async () => {
    const sqs = await strictSqs();
    const queueUrl = await createBatonQueue(sqs);
    expect(() => electionOver(sqs, queueUrl).observe()).toThrow(/observe needs a mechanism/);
  });
});

describe('a queue that is not of this election', () => {
  it('is left alone when it holds a message of another election', async () => {
    const sqs = await strictSqs();
    const queueUrl = await createSeededQueue(sqs, 'other');
    const error = await electionOver(sqs, queueUrl)
      .campaign()
      .catch((e: unknown) => e);
    expect(isTenureError(error, 'INVALID_OPTIONS')).toBe(true);
    expect(String(error)).toMatch(/a message of election "other"/);
    await until(() => sqs.queue(nameOf(queueUrl)).counts().visible === 1);
  });

  it('is left alone when it holds what no election sent', async () => {
    const sqs = await strictSqs();
    const queueUrl = await createBatonQueue(sqs);
    await sqs.client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: '{"order":7}',
        MessageGroupId: 'orders',
        MessageDeduplicationId: '7',
      }),
    );
    await expect(electionOver(sqs, queueUrl).campaign()).rejects.toThrow(/no election sent/);
  });
});
