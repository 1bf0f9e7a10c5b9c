/**
 * What the verbs print with `--json`, held against the table of docs/json.md: each name is in it, with its
 * type.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../architecture/source.ts';
import { preparedTable } from '../support/election-table.ts';
import { STEADY_LEASE, startTenure } from '../support/tenure.ts';
import { until } from '../support/until.ts';

const page = readFileSync(join(ROOT, 'docs/json.md'), 'utf8');
const TYPES = {
  text: 'string',
  number: 'number',
  truth: 'boolean',
  list: 'array',
  object: 'object',
};

/** The type of each name, as the page states it. */
const documented = new Map(
  [...page.matchAll(/^\| (`.+?`) \| (\w+) \|/gm)].flatMap(([, names = '', type = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => [name, type] as const),
  ),
);

const typeOf = (value: unknown) => (Array.isArray(value) ? 'array' : typeof value);

/** The names in this value, at any depth, that the page does not have. */
function undocumented(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(undocumented);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inside]) => {
    const type = documented.get(name) as keyof typeof TYPES | undefined;
    const problems =
      type !== undefined && TYPES[type] === typeOf(inside) ? [] : [`${name}: ${type}`];
    if (typeof inside === 'number' && !Number.isInteger(inside * 10))
      problems.push(`${name} ${inside}`);
    // Each check has figures of its own, and the user chooses the attributes of a leader.
    return name === 'figures' || name === 'attributes'
      ? problems
      : [...problems, ...undocumented(inside)];
  });
}

it('gives each name its type, and no number more digits than were measured', async () => {
  const table = await preparedTable();
  const first = await table.candidate('x').campaign();
  first.proclaim({ step: 'done' });
  await first.resign();
  await table.leads('x');
  const verb = async (...args: string[]) => {
    const tenure = startTenure([...args, '--json'], table);
    await tenure.ended();
    const lines = `${tenure.stdout()}${tenure.stderr()}`.trim().split('\n');
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as object);
  };
  const watch = startTenure(['watch', 'x', '--json'], table);
  await watch.event('elected');
  await until(async () => JSON.stringify(await verb('candidates', 'x')).includes('holdsRole'));

  const said = [
    ...(await verb('status', 'x')),
    ...(await verb('elections')),
    ...(await verb('history', 'x')),
    ...(await verb('candidates', 'x')),
    ...(await verb('doctor', 'x')),
    ...(await verb('resign', 'nobody')),
    ...(await verb('transfer', 'x', '--to', 'nobody')),
    ...(await verb('reseed', 'new', '--token', '7', '--yes')),
    ...(await verb('depose', 'x', '--yes')),
    ...(await verb('status', 'x', '--region', 'no region')),
    ...(await verb('status')),
    ...(await verb('groups', 'create', 'orders', '--partitions', '2')),
    ...watch.lines,
  ];
  const group = [
    'run',
    'orders',
    '--partitions',
    '2',
    '--lease',
    '60s',
    '--json',
    '--',
    'sleep',
    '1000',
  ];
  const member = startTenure(group, table);
  await until(() => member.lines.filter(({ event }) => event === 'elected').length === 2);
  said.push(
    ...(await verb('groups', 'list')),
    ...(await verb('partitions', 'orders')),
    ...(await verb('members', 'orders')),
    ...(await verb('status', 'orders', '--partition', '1')),
    ...(await verb('history', 'orders', '--partitions')),
    ...(await verb('move', 'orders', '1', '--to', 'nobody')),
    ...(await verb('depose', 'orders', '--member', 'nobody', '--yes')),
    ...(await verb('rebalance', 'orders')),
    ...member.lines,
  );
  const run = startTenure(['run', 'y', '--json', ...STEADY_LEASE, '--', 'true'], table);
  await run.ended();

  expect([...said, ...run.lines].flatMap(undocumented)).toEqual([]);
  // Proves that there was something to compare.
  expect(said.map((each) => Object.keys(each)[0])).toContain('election');
  expect(said.filter((each) => 'error' in each)).toHaveLength(3);
  expect(documented.size).toBeGreaterThan(35);
});

it('tells a command line that cannot be used as an error too, and leaves the command its own words', async () => {
  const status = startTenure(['status', '--json']);
  const wrong = startTenure(['run', 'x', '--nonsense', '--', 'echo', '--json']);

  expect((await status.ended()).code).toBe(2);
  expect(JSON.parse(status.stderr())).toEqual({
    error: { code: 'INVALID_OPTIONS', message: "missing required argument 'election'" },
  });
  expect((await wrong.ended()).code).toBe(2);
  expect(wrong.stderr()).toMatch(/^error: unknown option '--nonsense'\n/);
});
