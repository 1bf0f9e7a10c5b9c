/**
 * What a grant of the table renders, and the two questions that its tests ask: is each call allowed, and is
 * each action used?
 */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { expect } from 'vitest';
import { ElectionTable } from '../../../infra/index.ts';
import { actionsOf, type Call, isAllowed, type Statement } from './iam.ts';

type Grant = Extract<keyof ElectionTable, `grant${string}`>;

/** The statements of this grant for these elections or groups, out of the template. */
export function rendered(grant: Grant, ...names: string[]): Statement[] {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const stack = new Stack(app, 'Test');
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs.amazonaws.com') });
  new ElectionTable(stack, 'Elections')[grant](role, ...names);
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policy?.Properties.PolicyDocument.Statement;
}

/** Each call is allowed, and each action of the statements is used. */
export function expectExactly(statements: readonly Statement[], calls: readonly Call[]): void {
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.filter((call) => !isAllowed(statements, call))).toEqual([]);
  const used = new Set(calls.map(({ action }) => action));
  expect(statements.flatMap(actionsOf).filter((action) => !used.has(action))).toEqual([]);
}
