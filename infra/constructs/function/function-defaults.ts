/**
 * What all functions share: a current runtime, the cheaper processor, logs that end, a role that fits.
 */
import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledgeDependency } from '../election/dependency-lint.ts';
import { statedOnly } from '../election/stated-only.ts';
import { bundledFunctionPath } from './package-root.ts';

/**
 * The newest runtime that Lambda names. `LATEST` would change under a stack that was not deployed
 * again.
 */
export const FUNCTION_RUNTIME = Runtime.NODEJS_24_X;
/** A fifth cheaper per millisecond than x86, by Lambda's price list. */
export const FUNCTION_ARCHITECTURE = Architecture.ARM_64;

/**
 * What Lambda does with the role of a function in a VPC, before its code runs. None of these actions
 * can be confined to a network interface that does not exist yet.
 */
const NETWORK_INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * The options of a bundled function that an app may choose. Code, handler and runtime are fixed.
 */
export type BundledFunctionOptions = FunctionOptions;

/** A log group that lasts a month and goes with its stack: nothing in it is needed to elect. */
export function logsFor(scope: Construct, id: string): LogGroup {
  return new LogGroup(scope, id, {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/**
 * A role for a function that may write to its own log group and nothing else: the managed policy
 * would allow it to create and write any. In a VPC it may also make the network interfaces it needs.
 */
export function functionRole(
  scope: Construct,
  id: string,
  of: { readonly logGroup: Pick<ILogGroup, 'grantWrite'>; readonly inVpc: boolean },
): Role {
  const role = new Role(scope, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  of.logGroup.grantWrite(role);
  if (of.inVpc) allowNetworkInterfaces(role);
  return role;
}

function allowNetworkInterfaces(role: Role): void {
  role.addToPolicy(new PolicyStatement({ actions: NETWORK_INTERFACE_ACTIONS, resources: ['*'] }));
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'a network interface has no name before Lambda has made it',
  });
}

/** One of the functions that ship with this package, bundled: the app needs no bundler for it. */
export function bundledFunction(
  scope: Construct,
  of: {
    readonly name: string;
    readonly options: BundledFunctionOptions;
    /** Given by the app; what it leaves out or undefined stays as it is in `options`. */
    readonly chosen: BundledFunctionOptions | undefined;
  },
): LambdaFunction {
  const chosen = statedOnly(of.chosen ?? {});
  const { logGroup: givenLogs } = chosen;
  const logGroup = givenLogs ?? logsFor(scope, 'Logs');
  const inVpc = chosen.vpc !== undefined;
  const bundled = new LambdaFunction(scope, 'Function', {
    runtime: FUNCTION_RUNTIME,
    architecture: FUNCTION_ARCHITECTURE,
    handler: 'index.handler',
    code: Code.fromAsset(bundledFunctionPath(of.name)),
    ...of.options,
    logGroup,
    ...(canGrantWrite(logGroup) ? { role: functionRole(scope, 'Role', { logGroup, inVpc }) } : {}),
    ...chosen,
    environment: { ...chosen.environment, ...of.options.environment },
  });
  acknowledgeDependency(bundled);
  return bundled;
}

/** CDK takes references to log groups too, which grant nothing: those get the role that CDK makes. */
export function canGrantWrite(logGroup: object): logGroup is Pick<ILogGroup, 'grantWrite'> {
  return 'grantWrite' in logGroup;
}
