/**
 * What a user of the plain template can choose, as parameters of CloudFormation: how the table is named,
 * encrypted and protected, and which election is watched.
 */
import {
  Aws,
  CfnCondition,
  CfnParameter,
  type CfnParameterProps,
  CfnResource,
  Fn,
} from 'aws-cdk-lib';
import type { CfnGlobalTable, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct, IConstruct } from 'constructs';
import { ElectionAlarms } from '../constructs/watching/election-alarms.ts';
import type { IElectionStore } from '../constructs/watching/election-metrics.ts';

/** Stands for the parameter until the template is rendered: constructs want the name of an election. */
const ELECTION_PLACEHOLDER = 'the-election-of-the-parameter';

const ELECTION_PARAMETER = 'AlarmElection';

/** A parameter that may be left empty, and a condition that says whether it was. */
function optional(scope: Construct, id: string, props: CfnParameterProps) {
  const parameter = new CfnParameter(scope, id, { type: 'String', default: '', ...props });
  const given = new CfnCondition(scope, `Has${id}`, {
    expression: Fn.conditionNot(Fn.conditionEquals(parameter.valueAsString, '')),
  });
  const orNothing = (value: unknown) => Fn.conditionIf(given.logicalId, value, Aws.NO_VALUE);
  return { value: parameter.valueAsString, given, orNothing };
}

/** Name, key and protection of the table. */
export function offerTableOptions(scope: Construct, table: TableV2): void {
  const resource = table.node.defaultChild as CfnGlobalTable;
  const name = optional(scope, 'NameOfTable', {
    description: 'Empty: CloudFormation makes one, so that the stack can be deployed twice',
    allowedPattern: '^$|^[a-zA-Z0-9_.-]{3,255}$',
  });
  resource.addPropertyOverride('TableName', name.orNothing(name.value));
  const key = optional(scope, 'KeyArn', {
    description: 'A key of your own. Empty: a key that AWS owns, at no charge',
    allowedPattern: '^$|^arn:[a-z-]+:kms:.+$',
  });
  const encrypted = Fn.conditionIf(
    key.given.logicalId,
    { SSEEnabled: true, SSEType: 'KMS' },
    { SSEEnabled: false },
  );
  resource.addPropertyOverride('SSESpecification', encrypted);
  const ofReplica = key.orNothing({ KMSMasterKeyId: key.value });
  resource.addPropertyOverride('Replicas.0.SSESpecification', ofReplica);
  const protection = new CfnParameter(scope, 'DeletionProtection', {
    type: 'String',
    allowedValues: ['true', 'false'],
    default: 'true',
    description: 'Whether the table refuses to be deleted: its loss starts every token again',
  });
  const isProtected = new CfnCondition(scope, 'IsProtected', {
    expression: Fn.conditionEquals(protection.valueAsString, 'true'),
  });
  const value = Fn.conditionIf(isProtected.logicalId, true, false);
  resource.addPropertyOverride('Replicas.0.DeletionProtectionEnabled', value);
}

/** The five alarms of one election, and a topic that they tell. */
export function offerAlarms(scope: Construct, store: IElectionStore): void {
  const election = optional(scope, ELECTION_PARAMETER, {
    description: 'The election that is watched by five alarms. Empty: none is',
    allowedPattern: '^$|^[!-9;-~][ -~]{0,199}$',
  });
  const topic = optional(scope, 'AlarmTopicArn', {
    description: 'The SNS topic that alarms tell. Empty: they tell nobody',
    allowedPattern: '^$|^arn:[a-z-]+:sns:.+$',
  });
  const alarms = new ElectionAlarms(scope, 'Alarms', { election: ELECTION_PLACEHOLDER, store });
  for (const alarm of resourcesIn(alarms)) {
    alarm.cfnOptions.condition = election.given;
    alarm.addPropertyOverride('AlarmActions', topic.orNothing([topic.value]));
    alarm.addPropertyOverride('OKActions', topic.orNothing([topic.value]));
  }
}

export function resourcesIn(construct: IConstruct): readonly CfnResource[] {
  return construct.node.findAll().filter((child) => CfnResource.isCfnResource(child));
}

/** The template with the parameter where the placeholder stands. */
export function withElectionParameter(template: unknown): unknown {
  if (template === ELECTION_PLACEHOLDER) return { Ref: ELECTION_PARAMETER };
  if (typeof template === 'string' && template.includes(ELECTION_PLACEHOLDER)) {
    const text = template
      .replaceAll('${', '${!')
      .replaceAll(ELECTION_PLACEHOLDER, `\${${ELECTION_PARAMETER}}`);
    return { 'Fn::Sub': text };
  }
  if (Array.isArray(template)) return template.map(withElectionParameter);
  if (typeof template !== 'object' || template === null) return template;
  const entries = Object.entries(template);
  return Object.fromEntries(entries.map(([key, value]) => [key, withElectionParameter(value)]));
}
