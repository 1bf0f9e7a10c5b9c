import { once } from 'node:events';
import { connect } from 'node:net';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freshTable } from '../dynamodb.ts';
import { until } from '../until.ts';
import { startFaultProxy } from './fault-proxy.ts';

const ONCE_MS = 400;

async function prepare() {
  const table = await freshTable();
  const proxy = await startFaultProxy(table.endpoint);
  const client = new DynamoDBClient({
    ...table.clientConfig,
    endpoint: proxy.endpoint,
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    table[Symbol.dispose]();
    await proxy.stop();
  });
  const { tableName } = table;
  const put = (pk: string, condition?: string) =>
    client.send(
      new PutItemCommand({
        TableName: tableName,
        Item: { pk: { S: pk }, sk: { S: 'row' } },
        ConditionExpression: condition,
      }),
      { abortSignal: AbortSignal.timeout(ONCE_MS) },
    );
  /** Straight to the store, past the proxy. */
  const has = async (pk: string) => {
    const Key = { pk: { S: pk }, sk: { S: 'row' } };
    const get = new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true });
    return (await table.client.send(get)).Item !== undefined;
  };
  return { proxy, put, has };
}

describe('the fault proxy', () => {
  it('passes requests over kept connections and counts them by operation', async () => {
    const { proxy, put, has } = await prepare();

    for (let n = 0; n < 5; n += 1) await put(`row-${n}`);

    expect(await has('row-4')).toBe(true);
    expect(proxy.counts()).toEqual({ PutItem: 5 });
    expect(proxy.exchanges.every(({ status }) => status === 200)).toBe(true);
    expect(proxy.counts(performance.now())).toEqual({});
  });

  it('counts conditional writes that the store refused', async () => {
    const { proxy, put } = await prepare();
    await put('row');

    await expect(put('row', 'attribute_not_exists(pk)')).rejects.toThrow('conditional');

    expect(proxy.refusedWrites()).toBe(1);
    expect(proxy.exchanges.at(-1)).toMatchObject({ status: 400, operation: 'PutItem' });
  });

  it('loses a request: the client waits and nothing is applied', async () => {
    const { proxy, put, has } = await prepare();
    proxy.inject({ direction: 'requests', kind: 'black-hole' });

    await expect(put('row')).rejects.toThrow();

    expect(await has('row')).toBe(false);
    proxy.heal();
    await put('row');
    expect(await has('row')).toBe(true);
  });

  it('loses an answer: the client waits and the write is applied', async () => {
    const { proxy, put, has } = await prepare();
    proxy.inject({ direction: 'answers', kind: 'black-hole', operation: 'PutItem', times: 1 });

    await expect(put('row')).rejects.toThrow();

    expect(await has('row')).toBe(true);
    await put('next');
  });

  it('resets the connection before or after the write is applied', async () => {
    const { proxy, put, has } = await prepare();
    proxy.inject({ direction: 'requests', kind: 'reset', times: 1 });
    await expect(put('before')).rejects.toThrow(/ECONNRESET|socket hang up/);
    proxy.inject({ direction: 'answers', kind: 'reset', times: 1 });
    await expect(put('after')).rejects.toThrow(/ECONNRESET|socket hang up/);

    expect(await has('before')).toBe(false);
    expect(await has('after')).toBe(true);
  });

  it('delivers a held request late, though its client has given up', async () => {
    const { proxy, put, has } = await prepare();
    const heal = proxy.inject({ direction: 'requests', kind: 'hold' });
    await expect(put('row')).rejects.toThrow();
    expect(await has('row')).toBe(false);

    heal();

    await until(() => has('row'));
  });

  it('delays an answer by the time given', async () => {
    const { proxy, put } = await prepare();
    proxy.inject({ direction: 'answers', kind: 'delay', ms: 100 });
    const startedAtMs = performance.now();

    await put('row');

    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(99);
  });

  it('answers with a service error that was applied, or was not', async () => {
    const { proxy, put, has } = await prepare();
    const error = { kind: 'error', status: 500, type: 'InternalServerError', times: 1 } as const;
    proxy.inject({ direction: 'requests', ...error });
    await expect(put('not-applied')).rejects.toMatchObject({ name: 'InternalServerError' });
    proxy.inject({ direction: 'answers', ...error });
    await expect(put('applied')).rejects.toMatchObject({ name: 'InternalServerError' });

    expect(await has('not-applied')).toBe(false);
    expect(await has('applied')).toBe(true);
  });

  it('outlives a client that dies in the middle of a request', async () => {
    const { proxy, put } = await prepare();
    const half = connect(Number(new URL(proxy.endpoint).port), '127.0.0.1');
    half.write('POST / HTTP/1.1\r\nhost: store\r\ncontent-length: 100\r\n\r\nhalf');
    half.end();
    await once(half.resume(), 'close');

    await put('row');

    expect(proxy.counts()).toEqual({ PutItem: 1 });
  });

  it('keeps what it has seen without its bodies, where that would be too much', async () => {
    const table = await freshTable();
    await using proxy = await startFaultProxy(table.endpoint, { keepsBodies: false });
    await fetch(proxy.endpoint, { method: 'POST', body: 'anything' });

    expect(proxy.exchanges).toMatchObject([{ operation: 'POST /', body: '' }]);
    table[Symbol.dispose]();
  });

  it('sends a write to the store twice', async () => {
    const { proxy, put } = await prepare();
    proxy.inject({ direction: 'requests', kind: 'repeat', times: 1 });

    await expect(put('row', 'attribute_not_exists(pk)')).rejects.toThrow('conditional');
  });
});
