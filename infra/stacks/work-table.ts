/**
 * Where the app's own entry points write their units of work, as `functions/work.ts` does it: fenced
 * rows and a checkpoint for each election.
 *
 * It is not the lease table, so that other programs can get access to the work without access to the
 * elections. It must last as long: the stamps in its rows refuse stale leaders.
 */
import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { PARTITION_KEY, SORT_KEY } from '../../lib/dynamodb/table/schema.ts';

export interface WorkTableProps {
  readonly deletionProtection: boolean;
  readonly removalPolicy: RemovalPolicy;
}

export class WorkTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: WorkTableProps) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
      sortKey: { name: SORT_KEY, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      ...props,
    });
  }

  /** The variable that tells the entry points of this package where to write. */
  get environment(): Record<string, string> {
    return { TENURE_WORK_TABLE: this.table.tableName };
  }

  /** The units and the checkpoint of one election. */
  grantWork(grantee: IGrantable, election: string): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      resourceArns: [this.table.tableArn],
      conditions: {
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [`work#${election}`] },
        // ForAllValues alone is true where the key is absent.
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    });
  }
}
