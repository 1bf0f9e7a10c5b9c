import { connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createResource } from '../../bench/fail-over/resource.ts';
import { startTcpProxy, type TcpProxy } from '../../bench/fail-over/tcp-proxy.ts';
import { quantile, spreadOf } from '../../bench/statistics.ts';

describe('the resource of the benchmarks', () => {
  const write = (candidate: number, token: bigint | undefined) => ({
    candidate,
    token,
    sentAtMs: 1,
    arrivedAtMs: 2,
  });

  test('refuses a token below the highest it has seen, and admits an equal one', () => {
    const resource = createResource();
    for (const token of [2n, 1n, 2n, 3n, 2n]) resource.arrive(write(1, token));
    expect(resource.writes.map(({ admitted }) => admitted)).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  test('admits everything from a system that gives no token', () => {
    const resource = createResource();
    resource.arrive(write(1, undefined));
    resource.arrive(write(2, undefined));
    resource.arrive(write(1, undefined));
    expect(resource.writes.every(({ admitted }) => admitted)).toBe(true);
  });

  test('tells of admitted writes only', async () => {
    const resource = createResource();
    resource.arrive(write(2, 5n));
    const next = resource.next(({ candidate }) => candidate === 1);
    resource.arrive(write(1, 4n));
    resource.arrive(write(1, 6n));
    expect((await next).token).toBe(6n);
  });
});

describe('the network of the benchmarks', () => {
  const open: { proxy?: TcpProxy; server?: Server } = {};
  afterEach(async () => {
    await open.proxy?.stop();
    open.server?.close();
  });

  /** A store that sends each byte back, and the bytes that it has received. */
  async function echo() {
    let heard = '';
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        heard += bytes.toString();
        socket.write(bytes);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const proxy = await startTcpProxy({ host: '127.0.0.1', port: address.port });
    Object.assign(open, { proxy, server });
    const client = connect(proxy.port, '127.0.0.1');
    client.on('error', () => undefined);
    let answered = '';
    client.on('data', (bytes) => {
      answered += bytes.toString();
    });
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    return { proxy, client, closed, heard: () => heard, answered: () => answered };
  }

  test('passes bytes both ways, and counts the requests of an SDK', async () => {
    const { proxy, client, heard, answered } = await echo();
    client.write('POST / HTTP/1.1');
    await expect.poll(answered).toBe('POST / HTTP/1.1');
    client.write('more of it');
    await expect.poll(heard).toBe('POST / HTTP/1.1more of it');
    expect(proxy.requests()).toBe(1);
    expect(proxy.lastSentAtMs()).toBeGreaterThan(0);
  });

  test('loses the answers alone, and resets the connection when it heals', async () => {
    const { proxy, client, closed, heard, answered } = await echo();
    proxy.inject('drop-answers');
    client.write('a');
    await expect.poll(heard).toBe('a');
    client.write('b');
    await expect.poll(heard).toBe('ab');
    proxy.heal();
    await closed;
    expect(answered()).toBe('');
  });

  test('loses everything in a black hole', async () => {
    const { proxy, client, closed, heard, answered } = await echo();
    client.write('a');
    await expect.poll(answered).toBe('a');
    proxy.inject('black-hole');
    client.write('b', () => setImmediate(() => setImmediate(proxy.heal)));
    await closed;
    expect(heard()).toBe('a');
  });
});

test('a quantile is a value that was measured', () => {
  const values = [5, 1, 4, 2, 3];
  expect([quantile(values, 0.5), quantile(values, 0.95)]).toEqual([3, 5]);
  expect(spreadOf(values)).toEqual({ count: 5, mean: 3, p50: 3, p95: 5, max: 5 });
});
