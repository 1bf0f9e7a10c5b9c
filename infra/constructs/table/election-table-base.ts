/**
 * What every lease table offers, created here or elsewhere: grants and metrics.
 */
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import type { MetricName } from '../../../lib/core/journal/metrics.ts';
import type { TableRole } from '../../../lib/dynamodb/table/permissions.ts';
import type { AttributeNames } from '../../../lib/environment.ts';
import { electionMetric, type IElectionStore } from '../watching/election-metrics.ts';
import { type GrantedTable, grantRole } from './table-grants.ts';

/** A lease table, created by `ElectionTable` or taken over with `ElectionTable.fromTable`. */
export interface IElectionTable extends IConstruct, IElectionStore {
  readonly table: ITableV2;
  readonly tableName: string;
  readonly tableArn: string;
  /** What a table that was made elsewhere calls its keys and its TTL attribute. */
  readonly attributeNames?: AttributeNames;
  /** Absent where the table has no stream, or where it is not known. */
  readonly tableStreamArn: string | undefined;

  /**
   * Campaign, lead, renew, resign: for these elections alone. No row can be deleted with it. Here and in the other
   * grants a name that ends with a star, as `orders-*`, is every election whose name begins so; about 250
   * names fit into a role, over all of its grants.
   */
  grantCandidate(grantee: IGrantable, ...elections: readonly string[]): Grant;
  /** Read who leads these elections and their history. */
  grantObserve(grantee: IGrantable, ...elections: readonly string[]): Grant;
  /** `tenure resign`, `depose`, `reseed`, `history`, `doctor` for these elections. */
  grantOperate(grantee: IGrantable, ...elections: readonly string[]): Grant;
  /** Check the record inside a fenced transaction; beside `grantCandidate`. */
  grantLeaseCheck(grantee: IGrantable, ...elections: readonly string[]): Grant;
  /** Renew many elections in one request; beside `grantCandidate`. */
  grantBatchRenewals(grantee: IGrantable, ...elections: readonly string[]): Grant;
  /** End the lease of a task that the platform reports stopped. */
  grantTaskStopped(grantee: IGrantable, ...elections: readonly string[]): Grant;
  /**
   * Delete expired rows of these elections, where the table has several Regions and so no TTL; beside
   * `grantCandidate`. IAM cannot confine it to expired rows.
   */
  grantHousekeeping(grantee: IGrantable, ...elections: readonly string[]): Grant;

  /** Join these groups and lead their partitions. No row can be deleted. */
  grantGroupMember(grantee: IGrantable, ...groups: readonly string[]): Grant;
  /** Read who leads the partitions of these groups. */
  grantGroupObserve(grantee: IGrantable, ...groups: readonly string[]): Grant;
  /** `tenure groups create`, `move`, `rebalance`, and the other verbs where they are about these groups. */
  grantGroupOperate(grantee: IGrantable, ...groups: readonly string[]): Grant;
  /** Check a partition's record inside a fenced transaction; beside `grantGroupMember`. */
  grantGroupLeaseCheck(grantee: IGrantable, ...groups: readonly string[]): Grant;

  /** One of the library's metrics of an election, for alarms and dashboards of your own. */
  metric(name: MetricName, election: string, options?: MetricOptions): Metric;
}

/** @internal Shared by the two kinds of table; extend neither. */
export abstract class ElectionTableBase extends Construct implements IElectionTable {
  abstract readonly table: ITableV2;
  abstract readonly tableName: string;
  abstract readonly tableArn: string;
  attributeNames?: AttributeNames;
  abstract readonly tableStreamArn: string | undefined;
  abstract readonly severalRegions: boolean;
  protected abstract readonly granted: GrantedTable;

  get storeName(): string {
    return this.tableName;
  }

  grantCandidate(grantee: IGrantable, ...elections: readonly string[]): Grant {
    return this.grantRole('candidate', grantee, elections);
  }

  grantObserve(grantee: IGrantable, ...elections: readonly string[]): Grant {
    return this.grantRole('observer', grantee, elections);
  }

  grantOperate(grantee: IGrantable, ...elections: readonly string[]): Grant {
    return this.grantRole('operator', grantee, elections);
  }

  grantLeaseCheck(grantee: IGrantable, ...elections: readonly string[]): Grant {
    return this.grantRole('lease-check', grantee, elections);
  }

  grantBatchRenewals(grantee: IGrantable, ...elections: readonly string[]): Grant {
    return this.grantRole('batch-renewals', grantee, elections);
  }

  grantTaskStopped(grantee: IGrantable, ...elections: readonly string[]): Grant {
    return this.grantRole('task-stopped', grantee, elections);
  }

  grantHousekeeping(grantee: IGrantable, ...elections: readonly string[]): Grant {
    return this.grantRole('housekeeper', grantee, elections);
  }

  grantGroupMember(grantee: IGrantable, ...groups: readonly string[]): Grant {
    return this.grantRole('member', grantee, groups);
  }

  grantGroupObserve(grantee: IGrantable, ...groups: readonly string[]): Grant {
    return this.grantRole('group-observer', grantee, groups);
  }

  grantGroupOperate(grantee: IGrantable, ...groups: readonly string[]): Grant {
    return this.grantRole('group-operator', grantee, groups);
  }

  grantGroupLeaseCheck(grantee: IGrantable, ...groups: readonly string[]): Grant {
    return this.grantRole('group-lease-check', grantee, groups);
  }

  metric(name: MetricName, election: string, options?: MetricOptions): Metric {
    return electionMetric(name, { election, store: this.storeName }, options);
  }

  private grantRole(role: TableRole, grantee: IGrantable, elections: readonly string[]): Grant {
    return grantRole({ scope: this, role, grantee, elections, table: this.granted });
  }
}
