import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { type CfnGlobalTable, MultiRegionConsistency, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import {
  AccountPrincipal,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import {
  ElectionTable,
  type ElectionTableProps,
} from '../../../infra/constructs/table/election-table.ts';

const TABLE = 'AWS::DynamoDB::GlobalTable';

function stackIn(region?: string): Stack {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  return new Stack(app, 'Test', region === undefined ? {} : { env: { region } });
}

function templateOf(props?: ElectionTableProps, region?: string): Template {
  const stack = stackIn(region);
  new ElectionTable(stack, 'Elections', props);
  return Template.fromStack(stack);
}

/** The condition by which KMS recognises DynamoDB as the caller, in any partition. */
const dynamoDbIn = (region: string) => ({
  'Fn::Join': ['', [`dynamodb.${region}.`, { Ref: 'AWS::URLSuffix' }]],
});

describe('the lease table', () => {
  const template = templateOf();

  it('has the keys and the TTL attribute of the schema, on demand, with both images streamed', () => {
    template.hasResourceProperties(TABLE, {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expiresAtEpochSeconds', Enabled: true },
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TableName: Match.absent(),
    });
  });

  it('is recoverable, protected against deletion and retained', () => {
    template.hasResource(TABLE, {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        ],
      },
    });
  });

  it('is encrypted with a key of the user where one is given', () => {
    const stack = stackIn('eu-west-1');
    new ElectionTable(stack, 'Elections', { encryptionKey: new Key(stack, 'Key') });
    Template.fromStack(stack).hasResourceProperties(TABLE, {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    });
  });
});

describe('grants', () => {
  function statementsOf(grant: (table: ElectionTable, role: Role) => void, withKey = false) {
    const stack = stackIn('eu-west-1');
    const key = withKey ? { encryptionKey: new Key(stack, 'Key') } : {};
    const table = new ElectionTable(stack, 'Elections', key);
    grant(table, new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs.amazonaws.com') }));
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    return policy?.Properties.PolicyDocument.Statement as Record<string, unknown>[];
  }

  it('confines a candidate to its election, also where the request names no key', () => {
    const [statement] = statementsOf((table, role) => table.grantCandidate(role, 'orders'));
    expect(statement?.Condition).toEqual({
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['election#orders'] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    });
  });

  it('takes the characters of a name literally where IAM would see a policy variable', () => {
    const name = 'a*?$' + '{aws:username}';
    const [statement] = statementsOf((table, role) => table.grantCandidate(role, name));
    expect(statement?.Condition).toMatchObject({
      'ForAllValues:StringEquals': {
        'dynamodb:LeadingKeys': ['election#a*?$' + '{$}{aws:username}'],
      },
    });
  });

  it('never allows a row to be deleted, and each extra right only by its own grant', () => {
    const actions = statementsOf((table, role) => {
      table.grantCandidate(role, 'orders');
      table.grantObserve(role, 'billing');
      table.grantOperate(role, 'reports');
    }).flatMap((statement) => statement.Action);
    for (const action of ['DeleteItem', 'ConditionCheckItem', 'PartiQLUpdate', 'Scan', '*']) {
      expect(actions).not.toContain(`dynamodb:${action}`);
    }
    const extra = statementsOf((table, role) => {
      table.grantLeaseCheck(role, 'orders');
      table.grantBatchRenewals(role, 'orders');
    }).flatMap((statement) => statement.Action);
    expect(extra.sort()).toEqual(['dynamodb:ConditionCheckItem', 'dynamodb:PartiQLUpdate']);
  });

  it('adds the permission on the key of the user, through DynamoDB of this Region only', () => {
    const statements = statementsOf((table, role) => table.grantObserve(role, 'orders'), true);
    expect(statements).toContainEqual(
      expect.objectContaining({
        Action: ['kms:Decrypt', 'kms:DescribeKey'],
        Condition: { StringEquals: { 'kms:ViaService': [dynamoDbIn('eu-west-1')] } },
      }),
    );
  });

  it('covers each Region of the table', () => {
    const stack = stackIn('eu-west-1');
    const table = new ElectionTable(stack, 'Elections', {
      multiRegion: { replicas: ['eu-west-2'], witness: 'eu-west-3' },
    });
    const assumedBy = new ServicePrincipal('lambda.amazonaws.com');
    table.grantCandidate(new Role(stack, 'Role', { assumedBy }), 'orders');
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    const [statement] = policy?.Properties.PolicyDocument.Statement ?? [];
    expect(statement.Resource).toHaveLength(2);
    expect(JSON.stringify(statement.Resource)).toContain(':dynamodb:eu-west-2:');
  });

  it('refuses a name that no election can have', () => {
    expect(() => statementsOf((table, role) => table.grantCandidate(role, ''))).toThrow(
      'election must have 1 to 200 characters, got 0',
    );
    expect(() => statementsOf((table, role) => table.grantCandidate(role))).toThrow(
      'name at least one election',
    );
  });

  it('refuses the grant that makes the policies of a role too long, whichever grants those are', () => {
    const names = (of: string) => Array.from({ length: 100 }, (_, n) => `${of}-of-tenant-${n}`);
    const stack = stackIn('eu-west-1');
    const table = new ElectionTable(stack, 'Elections');
    const assumedBy = new ServicePrincipal('lambda.amazonaws.com');
    const [role, other] = ['Role', 'Other'].map((id) => new Role(stack, id, { assumedBy }));
    if (role === undefined || other === undefined) throw new Error('two roles were made');
    table.grantCandidate(role, ...names('orders'));
    table.grantObserve(role, ...names('billing'));

    // A second grant of the same election, and a grant to another role, do not count.
    table.grantObserve(role, ...names('billing'));
    table.grantCandidate(other, ...names('reports'));
    expect(() => table.grantLeaseCheck(role, ...names('reports'))).toThrow(
      /the grants of a role must take at most 9000 characters .*got \d+ with these 100 elections/,
    );
  });

  it('serves a table that was created elsewhere', () => {
    const stack = stackIn('eu-west-1');
    const table = ElectionTable.fromTable(stack, 'Elections', {
      table: TableV2.fromTableName(stack, 'Existing', 'leases'),
    });
    const assumedBy = new ServicePrincipal('lambda.amazonaws.com');
    table.grantCandidate(new Role(stack, 'Role', { assumedBy }), 'orders');
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
  });
});

describe('more than one Region', () => {
  const multiRegion = { replicas: ['eu-west-2'], witness: 'eu-west-3' };

  it('is strongly consistent and has no TTL', () => {
    templateOf({ multiRegion }, 'eu-west-1').hasResourceProperties(TABLE, {
      MultiRegionConsistency: 'STRONG',
      GlobalTableWitnesses: [{ Region: 'eu-west-3' }],
      TimeToLiveSpecification: Match.absent(),
    });
  });

  it('takes a key of each Region, and grants each through DynamoDB of its Region', () => {
    const stack = stackIn('eu-west-1');
    const replicaKey = 'arn:aws:kms:eu-west-2:123456789012:key/1';
    const table = new ElectionTable(stack, 'Elections', {
      encryptionKey: new Key(stack, 'Key'),
      multiRegion: { ...multiRegion, replicaKeyArns: { 'eu-west-2': replicaKey } },
    });
    const assumedBy = new ServicePrincipal('lambda.amazonaws.com');
    table.grantCandidate(new Role(stack, 'Role', { assumedBy }), 'orders');
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    const onKeys = policy?.Properties.PolicyDocument.Statement.at(-1);
    expect(onKeys.Resource).toEqual([expect.objectContaining({}), replicaKey]);
    expect(onKeys.Condition.StringEquals['kms:ViaService']).toEqual([
      dynamoDbIn('eu-west-1'),
      dynamoDbIn('eu-west-2'),
    ]);
  });

  it('is refused with TTL, with too few Regions, and with a key that a replica lacks', () => {
    const creating = (props: ElectionTableProps) => () => templateOf(props, 'eu-west-1');
    expect(creating({ multiRegion, expireRows: true })).toThrow('expireRows must be left out');
    const tooFew = { replicas: ['eu-west-2'] };
    expect(creating({ multiRegion: tooFew })).toThrow('must name 2 Region(s) without a witness');
    const encryptionKey = new Key(stackIn('eu-west-1'), 'Key');
    expect(creating({ multiRegion, encryptionKey })).toThrow('got none for eu-west-2');
  });

  it('is refused at synth where an eventually consistent replica was added', () => {
    const stack = stackIn('eu-west-1');
    new ElectionTable(stack, 'Elections').table.addReplica({ region: 'eu-west-2' });
    expect(() => Template.fromStack(stack)).toThrow('got 2 that are eventually consistent');
  });

  it('is refused at synth where the consistency was weakened or TTL was added afterwards', () => {
    const weakened = stackIn('eu-west-1');
    const table = new ElectionTable(weakened, 'Elections', { multiRegion }).table;
    const resource = table.node.defaultChild as CfnGlobalTable;
    resource.multiRegionConsistency = MultiRegionConsistency.EVENTUAL;
    expect(() => Template.fromStack(weakened)).toThrow('got 2 that are eventually consistent');

    const expiring = stackIn('eu-west-1');
    const other = new ElectionTable(expiring, 'Elections', { multiRegion }).table;
    (other.node.defaultChild as CfnGlobalTable).timeToLiveSpecification = {
      attributeName: 'expiresAtEpochSeconds',
      enabled: true,
    };
    expect(() => Template.fromStack(expiring)).toThrow('has no TTL');
  });
});

describe('what of a table can be chosen', () => {
  it('limits what a mistake may cost', () => {
    templateOf({ maxReadRequestUnits: 50, maxWriteRequestUnits: 20 }).hasResourceProperties(TABLE, {
      WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 20 },
      Replicas: [Match.objectLike({ ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 50 } })],
    });
  });

  it('admits another account, and is tagged', () => {
    const admitted = new PolicyStatement({
      principals: [new AccountPrincipal('210987654321')],
      actions: ['dynamodb:GetItem'],
      resources: ['*'],
    });
    const resourcePolicy = new PolicyDocument({ statements: [admitted] });
    const tags = [{ key: 'team', value: 'orders' }];

    templateOf({ resourcePolicy, tags }).hasResourceProperties(TABLE, {
      Replicas: [
        Match.objectLike({
          ResourcePolicy: {
            PolicyDocument: Match.objectLike({
              Statement: [Match.objectLike({ Action: 'dynamodb:GetItem', Effect: 'Allow' })],
            }),
          },
          Tags: Match.arrayWith([{ Key: 'team', Value: 'orders' }]),
        }),
      ],
    });
  });
});
