/**
 * The commands in the runbooks: the program knows each of them, and an operator may run it.
 */
import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ElectionTable } from '../../../infra/index.ts';
import { createProgram } from '../../../lib/cli/program.ts';
import { dynamoDbLease } from '../../../lib/dynamodb/index.ts';
import { createElection } from '../../../lib/index.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { startFaultProxy } from '../../support/network/fault-proxy.ts';
import { startTenure } from '../../support/tenure.ts';
import { refusedBy } from '../deployment/deployed.ts';
import type { Statement } from './iam.ts';

const pageOf = (name: string) =>
  readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

/** Every command line of `tenure` in a page, in a paragraph or in a block. */
const commandsIn = (page: string): readonly string[] =>
  [...page.matchAll(/(?:`|^npx )(tenure [a-z][^`\n]*)/gm)].map(([, command = '']) => command);

describe('the commands of the documentation', () => {
  it.each(['operations.md', 'deploy.md'])('in %s have verbs and options that exist', (name) => {
    const commands = commandsIn(pageOf(name));
    expect(commands.length).toBeGreaterThan(1);
    const verbs = new Map(createProgram().commands.map((verb) => [verb.name(), verb]));
    for (const command of commands) {
      const [, name = ''] = command.split(' ');
      const options = verbs.get(name)?.options.map(({ long }) => long) ?? [];
      const given = command.match(/--[a-z-]+/g) ?? [];
      expect([command, verbs.has(name)]).toEqual([command, true]);
      expect([command, given.filter((option) => !options.includes(option))]).toEqual([command, []]);
    }
  });
});

function operatorOf(election: string): readonly Statement[] {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const stack = new Stack(app, 'Test');
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs.amazonaws.com') });
  new ElectionTable(stack, 'Elections').grantOperate(role, election);
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policy?.Properties.PolicyDocument.Statement;
}

describe('an operator of one election', () => {
  it('may type everything that the runbooks say', async () => {
    const table = await freshTable();
    const proxy = await startFaultProxy(table.endpoint);
    onTestFinished(() => proxy[Symbol.asyncDispose]());
    onTestFinished(() => table[Symbol.dispose]());
    const via = dynamoDbLease({ tableName: table.tableName, clientConfig: table.clientConfig });
    await using _term = await createElection({ name: 'orders', via }).campaign();

    for (const [args, ...codes] of [
      [['status', 'orders'], 0],
      [['history', 'orders'], 0],
      // No candidate has registered.
      [['candidates', 'orders'], 1],
      // On a busy machine the doctor may find problems; this test does not judge that.
      [['doctor', 'orders'], 0, 1],
      [['resign', 'orders'], 0],
      [['depose', 'orders', '--yes'], 0],
      [['reseed', 'orders', '--token', '9', '--yes'], 0],
    ] as const) {
      const tenure = startTenure(args, table, { endpoint: proxy.endpoint });
      const { code } = await tenure.ended();
      expect(codes, `${args.join(' ')}: ${code} ${tenure.stderr()}`).toContain(code);
    }
    const operations = new Set(proxy.exchanges.map(({ operation }) => operation));
    expect(operations).toEqual(
      new Set(['DescribeTable', 'DescribeTimeToLive', 'GetItem', 'Query', 'UpdateItem']),
    );
    expect(refusedBy(operatorOf('orders'), proxy)).toEqual([]);
    expect(refusedBy(operatorOf('billing'), proxy).length).toBeGreaterThan(5);
  });
});
