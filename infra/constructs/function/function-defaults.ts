/**
 * What all functions share: a current runtime, the cheaper processor, logs that end.
 */
import { RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { bundledFunctionPath } from './package-root.ts';

/** The newest runtime that Lambda names; `LATEST` would change under a stack that nobody touched. */
export const FUNCTION_RUNTIME = Runtime.NODEJS_24_X;
/** A fifth cheaper per millisecond than x86, by Lambda's price list. */
export const FUNCTION_ARCHITECTURE = Architecture.ARM_64;

/** A log group that lasts a month and goes with its stack: nothing in it is needed to elect. */
export function logsFor(scope: Construct, id: string): LogGroup {
  return new LogGroup(scope, id, {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/**
 * A role for a function that may write to its own log group and nothing else: the managed policy
 * would allow it to create and write any.
 */
export function functionRole(scope: Construct, id: string, logGroup: ILogGroup): Role {
  const role = new Role(scope, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  return role;
}

/** One of the functions that ship with this package, bundled: the app needs no bundler for it. */
export function bundledFunction(
  scope: Construct,
  options: FunctionOptions & { readonly name: string },
): LambdaFunction {
  const { name, ...rest } = options;
  const logGroup = logsFor(scope, 'Logs');
  return new LambdaFunction(scope, 'Function', {
    runtime: FUNCTION_RUNTIME,
    architecture: FUNCTION_ARCHITECTURE,
    handler: 'index.handler',
    code: Code.fromAsset(bundledFunctionPath(name)),
    logGroup,
    role: functionRole(scope, 'Role', logGroup),
    ...rest,
  });
}
