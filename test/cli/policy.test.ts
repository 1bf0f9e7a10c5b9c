import { describe, expect, it } from 'vitest';
import { tableStatements } from '../../lib/dynamodb/index.ts';
import { BATON_KEY_ACTIONS, HINT_ACTIONS } from '../../lib/sqs/index.ts';
import { startTenure } from '../support/tenure.ts';

async function printed(...args: readonly string[]) {
  const env = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined, TENURE_TABLE: undefined };
  const tenure = startTenure(['policy', ...args], undefined, { env });
  const { code } = await tenure.ended();
  return { code, stdout: tenure.stdout(), stderr: tenure.stderr() };
}

const HERE = ['--region', 'eu-west-1', '--account', '123456789012'];
const TABLE = 'arn:aws:dynamodb:eu-west-1:123456789012:table/tenure';

/** Compares as IAM does: in `StringEquals`, `*` is a plain character; in `StringLike`, it is any text. */
function isMet(condition: Record<string, Record<string, string[]>>, key: string, value: string) {
  const [[operator, wanted] = []] = Object.entries(condition).filter(([, keys]) => key in keys);
  const like = (pattern: string) =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(value);
  const equals = (text: string) => text === value;
  return (wanted?.[key] ?? []).some(operator === 'StringLike' ? like : equals);
}

describe('tenure policy', () => {
  it('prints what the grant of a candidate renders, confined to the election', async () => {
    const { code, stdout, stderr } = await printed('orders', ...HERE, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const of = { role: 'candidate', elections: ['orders'], tableArns: [TABLE] } as const;
    expect(JSON.parse(stdout)).toEqual({ Version: '2012-10-17', Statement: tableStatements(of) });
    expect(stdout).toContain('"election#orders"');
  });

  it('prints several roles, with distinct ids, and the key of the user', async () => {
    const key = 'arn:aws:kms:eu-west-1:123456789012:key/1';
    const roles = ['--role', 'candidate', '--role', 'lease-check', '--role', 'operator'];
    const { stdout } = await printed('orders', ...HERE, ...roles, '--key-arn', key);
    const { Statement } = JSON.parse(stdout);
    const ids = Statement.map(({ Sid }: { Sid: string }) => Sid);
    expect(ids).toEqual([
      'TenureCandidate',
      'TenureCandidateKey',
      'TenureLeaseCheck',
      'TenureLeaseCheckKey',
      'TenureOperator',
      'TenureOperatorTable',
      'TenureOperatorKey',
    ]);
    expect(Statement[1].Resource).toEqual([key]);
  });

  it('prints what a baton takes', async () => {
    const queue = 'arn:aws:sqs:eu-west-1:123456789012:baton.fifo';
    const { stdout } = await printed('orders', '--queue-arn', queue);
    expect(JSON.parse(stdout).Statement).toMatchObject([{ Sid: 'TenureBaton', Resource: [queue] }]);
  });

  it('prints what hints take beside the role in the table, and the key of the hints', async () => {
    const queue = 'arn:aws:sqs:eu-west-1:123456789012:hints';
    const key = 'arn:aws:kms:eu-west-1:123456789012:key/2';
    const { stdout } = await printed(
      'orders',
      ...HERE,
      '--hints-arn',
      queue,
      '--hints-key-arn',
      key,
    );
    const { Statement } = JSON.parse(stdout);

    expect(Statement).toMatchObject([
      { Sid: 'TenureCandidate' },
      { Sid: 'TenureHints', Action: HINT_ACTIONS, Resource: [queue] },
      { Sid: 'TenureHintsKey', Action: BATON_KEY_ACTIONS, Resource: [key] },
    ]);
  });

  it('refuses hints of a baton, and a key of no hints', async () => {
    const queue = 'arn:aws:sqs:eu-west-1:123456789012:hints';
    const both = await printed('orders', '--queue-arn', queue, '--hints-arn', queue);
    expect(both.stderr).toContain('--hints-arn must be left out with --queue-arn');
    expect(both.code).toBe(2);
    const key = 'arn:aws:kms:eu-west-1:123456789012:key/2';
    const { stderr } = await printed('orders', ...HERE, '--hints-key-arn', key);
    expect(stderr).toContain('--hints-key-arn needs --hints-arn');
  });

  it('says so where a Region or account was left open', async () => {
    const { stdout, stderr } = await printed('orders', '--table', 'leases');
    expect(JSON.parse(stdout).Statement[0].Resource).toEqual(['arn:aws:dynamodb:*:*:table/leases']);
    expect(stderr).toContain('give --region and --account');
  });

  it('lets the key be used through DynamoDB of any Region, where none is named', async () => {
    const key = 'arn:aws:kms:eu-west-1:123456789012:key/1';
    for (const [region, allowed] of [
      [[], true],
      [['--region', 'eu-west-1'], true],
      [['--region', 'eu-west-2'], false],
    ] as const) {
      const { stdout } = await printed('orders', '--key-arn', key, ...region);
      const { Condition } = JSON.parse(stdout).Statement[1];

      expect(isMet(Condition, 'kms:ViaService', 'dynamodb.eu-west-1.amazonaws.com')).toBe(allowed);
    }
  });

  it('takes a table by its ARN, with the Region, account and partition that are in it', async () => {
    const table = 'arn:aws-cn:dynamodb:cn-north-1:123456789012:table/leases';
    const key = 'arn:aws-cn:kms:cn-north-1:123456789012:key/1';
    const { code, stdout, stderr } = await printed('x', '--table', table, '--key-arn', key);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [rows, onKey] = JSON.parse(stdout).Statement;
    expect(rows.Resource).toEqual([table]);
    const service = 'dynamodb.cn-north-1.amazonaws.com.cn';
    expect(isMet(onKey.Condition, 'kms:ViaService', service)).toBe(true);
  });

  it.each([
    [['x', '--table', 'arn:aws:s3:::bucket'], /table/i],
    [['x', '--table', `${TABLE}/stream/1`], /table/i],
    [['x', '--table', 'a/b'], /table name/],
    [['x', '--table', TABLE, '--region', 'us-east-1'], /--region.*eu-west-1.*us-east-1/],
    [['x', '--table', TABLE, '--account', '000000000000'], /--account.*123456789012.*000000000000/],
    [['orders', '--role', 'owner'], /'owner'.*candidate, observer, operator/],
    [['orders', '--account', '12'], /'12'.*12 digits/],
    [['orders', '--key-arn', 'key'], /'key'.*Give an ARN/],
    [['a\tb'], /none of them control characters/],
    [[], /missing required argument 'election'/],
  ])('refuses %j', async (args, said) => {
    const { code, stdout, stderr } = await printed(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(said);
  });
});
