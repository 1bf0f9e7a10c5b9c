/**
 * A process that cannot reach its store learns so: within one second without a Region, within five with a
 * dead endpoint. The processes are real. The deadlines here are for a machine ten times as slow.
 */
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startWorker } from '../../support/processes.ts';

const PROGRAM = fileURLToPath(new URL('../programs/told.ts', import.meta.url));
const NO_REGION_MS_MAX = 10 * 1_000;
const DEAD_MS_MAX = 10 * 5_000;
const LONG = { timeout: 300_000 };
/** No program listens here. */
const REFUSING = 'http://127.0.0.1:9';

async function told(...args: readonly string[]) {
  const unset = ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE', 'AWS_ENDPOINT_URL_DYNAMODB'];
  const nowhere = { AWS_CONFIG_FILE: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
  const env = { ...Object.fromEntries(unset.map((name) => [name, undefined])), ...nowhere };
  const worker = startWorker([PROGRAM, ...args], { env });
  await worker.ended();
  return JSON.parse(worker.stdout()) as { how: string; message: string; afterMs: number };
}

/** Accepts every connection, and never answers. */
async function silentEndpoint(): Promise<string> {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

describe('a process without a journal', () => {
  it('is told at once that no Region is set', LONG, async () => {
    const { message, afterMs } = await told('lease');

    expect(message).toMatch(/Region/);
    expect(afterMs).toBeLessThan(NO_REGION_MS_MAX);
  });

  it.each(['lease', 'baton'])('is told that an endpoint refuses: %s', LONG, async (mechanism) => {
    const { message, afterMs } = await told(mechanism, REFUSING);

    // On a busy machine the deadline of the call may pass before the refusal is read.
    expect(message).toMatch(/no answer|did not answer/);
    expect(afterMs).toBeLessThan(DEAD_MS_MAX);
  });

  it.each(['lease', 'baton'])('is told that an endpoint is silent: %s', LONG, async (mechanism) => {
    const { message, afterMs } = await told(mechanism, await silentEndpoint());

    expect(message).toMatch(/no answer|did not answer/);
    expect(afterMs).toBeLessThan(DEAD_MS_MAX);
  });
});
