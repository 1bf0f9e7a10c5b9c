/**
 * The lease table.
 *
 * Decides everything whose loss would lose tokens: the table is retained, protected and recoverable
 * unless told otherwise, and a table whose Regions can disagree is refused, because two Regions would
 * then each grant the lease.
 */
import { type CfnTag, type IResolvable, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type CfnGlobalTable,
  type ITableV2,
  MultiRegionConsistency,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from '../../../lib/dynamodb/table/schema.ts';
import type { AttributeNames } from '../../../lib/environment.ts';
import { refuse } from '../election/refusal.ts';
import { statedOnly } from '../election/stated-only.ts';
import { ElectionTableBase, type IElectionTable } from './election-table-base.ts';
import type { GrantedTable } from './table-grants.ts';

/** The other Regions of a table that is strongly consistent across Regions. */
export interface MultiRegion {
  /** Two Regions beside the stack's own, or one and a `witness`. */
  readonly replicas: readonly string[];
  /** Left out: there must be two replicas. A witness holds no readable copy and costs less. */
  readonly witness?: string;
  /** The ARN of a key for each replica; needed with `encryptionKey`, else left out. */
  readonly replicaKeyArns?: Readonly<Record<string, string>>;
}

/** Props of `ElectionTable`. */
export interface ElectionTableProps {
  /** Left out: a key that AWS owns encrypts the table, at no charge and with no permission needed. */
  readonly encryptionKey?: IKey;
  /** Left out: one Region, which is cheapest and quickest. The stack's Region must be known. */
  readonly multiRegion?: MultiRegion;
  /**
   * Whether candidate and history rows expire. Left out: they do, except with `multiRegion`, where
   * DynamoDB has no TTL: the leader deletes them there, where it elects via `multiRegionLease` and has
   * `grantHousekeeping`.
   */
  readonly expireRows?: boolean;
  /** Left out: `true`; nobody can delete the table before setting it to `false`. */
  readonly deletionProtection?: boolean;
  /**
   * Left out: `RETAIN_ON_UPDATE_OR_DELETE`; a deleted table restarts every token, and fences refuse every
   * new leader. Only a table that its own first deployment made, and that failed, goes again.
   */
  readonly removalPolicy?: RemovalPolicy;
  /** Left out: CloudFormation makes one, so that the table can be replaced and deployed twice. */
  readonly tableName?: string;
  /**
   * The most that the table takes in a second, as a limit on what a mistake may cost. An election takes one
   * write unit for each renewal, and half a read unit for each look of a standby; a request beyond it is
   * throttled, and a lease may be lost. Left out: no limit but the account's.
   */
  readonly maxWriteRequestUnits?: number;
  /** The same for reads. Left out: no limit but the account’s. */
  readonly maxReadRequestUnits?: number;
  /**
   * Who beyond this account may do what with the table, for example a role of another account as
   * `candidate`. Left out: nobody. The other account's own policy must allow the same.
   */
  readonly resourcePolicy?: PolicyDocument;
  /** Beside those of the stack. Left out: none. */
  readonly tags?: readonly CfnTag[];
}

/** A table that exists elsewhere. */
export interface ElectionTableAttributes {
  readonly table: ITableV2;
  /** Left out: the key of `table` where the stack knows it; none where AWS owns the key. */
  readonly encryptionKey?: IKey;
  /**
   * What the table calls its keys and its TTL attribute; both keys are texts. Left out: `pk`, `sk` and
   * `expiresAtEpochSeconds`.
   */
  readonly attributeNames?: AttributeNames;
  /** Whether it is strongly consistent over several Regions. Left out: no. */
  readonly severalRegions?: boolean;
}

/**
 * One table for any number of elections, on demand, with the stream that `LeaderChanges` reads.
 *
 * Not guaranteed: that a table restored from a backup continues its tokens. It does not; `tenure
 * reseed` is for that, and candidates refuse to lead until it was run.
 */
export class ElectionTable extends ElectionTableBase {
  /** Takes over a table that another stack or tool created. Nothing about its shape is checked. */
  static fromTable(scope: Construct, id: string, from: ElectionTableAttributes): IElectionTable {
    return new ImportedElectionTable(scope, id, from);
  }

  readonly table: TableV2;
  readonly severalRegions: boolean;
  protected readonly granted: GrantedTable;

  constructor(scope: Construct, id: string, props: ElectionTableProps = {}) {
    super(scope, id);
    refuse(this, multiRegionProblems(props));
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
      sortKey: { name: SORT_KEY, type: AttributeType.STRING },
      billing: Billing.onDemand(
        statedOnly({
          maxReadRequestUnits: props.maxReadRequestUnits,
          maxWriteRequestUnits: props.maxWriteRequestUnits,
        }),
      ),
      ...statedOnly({ resourcePolicy: props.resourcePolicy }),
      ...(props.tags === undefined ? {} : { tags: [...props.tags] }),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.deletionProtection ?? true,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      encryption: encryptionOf(props),
      ...(props.tableName === undefined ? {} : { tableName: props.tableName }),
      ...(rowsExpire(props) ? { timeToLiveAttribute: TTL_ATTRIBUTE } : {}),
      ...multiRegionProps(props.multiRegion),
    });
    this.severalRegions = props.multiRegion !== undefined;
    this.granted = grantedTable(this.table, props);
    // Asked of what is rendered, so that `table.addReplica` and escape hatches are seen too.
    this.node.addValidation({ validate: () => renderedProblems(this.table) });
  }

  get tableName(): string {
    return this.table.tableName;
  }

  get tableArn(): string {
    return this.table.tableArn;
  }

  get tableStreamArn(): string | undefined {
    return this.table.tableStreamArn;
  }
}

class ImportedElectionTable extends ElectionTableBase {
  readonly table: ITableV2;
  readonly tableName: string;
  readonly tableArn: string;
  readonly tableStreamArn: string | undefined;
  readonly severalRegions: boolean;
  protected readonly granted: GrantedTable;

  constructor(scope: Construct, id: string, from: ElectionTableAttributes) {
    super(scope, id);
    const key = from.encryptionKey ?? from.table.encryptionKey;
    this.table = from.table;
    this.severalRegions = from.severalRegions ?? false;
    if (from.attributeNames !== undefined) this.attributeNames = from.attributeNames;
    this.tableName = from.table.tableName;
    this.tableArn = from.table.tableArn;
    this.tableStreamArn = from.table.tableStreamArn;
    this.granted = {
      tableArns: [this.tableArn],
      keyArns: key === undefined ? [] : [key.keyArn],
      regions: [from.table.env.region],
    };
  }
}

function rowsExpire(props: ElectionTableProps): boolean {
  return props.expireRows ?? props.multiRegion === undefined;
}

function multiRegionProblems(props: ElectionTableProps): readonly string[] {
  const { multiRegion, encryptionKey, expireRows } = props;
  if (multiRegion === undefined) return [];
  const problems: string[] = [];
  const { replicas, witness, replicaKeyArns = {} } = multiRegion;
  const wanted = witness === undefined ? 2 : 1;
  if (replicas.length !== wanted) {
    problems.push(
      `multiRegion.replicas must name ${wanted} Region(s) ${witness === undefined ? 'without' : 'with'} ` +
        `a witness, got ${replicas.length}; strong consistency takes three Regions, or two and a witness`,
    );
  }
  if (expireRows === true) {
    problems.push(
      'expireRows must be left out or false with multiRegion, got true; a table that is strongly ' +
        'consistent across Regions has no TTL',
    );
  }
  const without = encryptionKey === undefined ? [] : replicas.filter((r) => !replicaKeyArns[r]);
  if (without.length > 0) {
    problems.push(
      `multiRegion.replicaKeyArns must hold a key for each replica when encryptionKey is given, ` +
        `got none for ${without.join(', ')}; add one`,
    );
  }
  return problems;
}

function multiRegionProps(multiRegion: MultiRegion | undefined) {
  if (multiRegion === undefined) return {};
  return {
    multiRegionConsistency: MultiRegionConsistency.STRONG,
    replicas: multiRegion.replicas.map((region) => ({ region })),
    ...(multiRegion.witness === undefined ? {} : { witnessRegion: multiRegion.witness }),
  };
}

function encryptionOf({ encryptionKey, multiRegion }: ElectionTableProps): TableEncryptionV2 {
  if (encryptionKey === undefined) return TableEncryptionV2.dynamoOwnedKey();
  return TableEncryptionV2.customerManagedKey(encryptionKey, { ...multiRegion?.replicaKeyArns });
}

function grantedTable(table: TableV2, props: ElectionTableProps): GrantedTable {
  const replicas = props.multiRegion?.replicas ?? [];
  const ownKey = props.encryptionKey === undefined ? [] : [props.encryptionKey.keyArn];
  return {
    tableArns: [table.tableArn, ...replicas.map((region) => table.replica(region).tableArn)],
    keyArns: [...ownKey, ...Object.values(props.multiRegion?.replicaKeyArns ?? {})],
    regions: [Stack.of(table).region, ...replicas],
  };
}

/** Refuses what would let two Regions each grant a lease. `addPropertyOverride` is not seen here. */
function renderedProblems(table: TableV2): string[] {
  const resource = table.node.defaultChild as CfnGlobalTable;
  const resolve = <T>(value: T | IResolvable | undefined) =>
    Stack.of(table).resolve(value) as T | undefined;
  const replicas = resolve<readonly unknown[]>(resource.replicas as IResolvable) ?? [];
  const ttl = resolve<{ enabled?: boolean }>(resource.timeToLiveSpecification as IResolvable);
  const strong = resource.multiRegionConsistency === MultiRegionConsistency.STRONG;
  const problems: string[] = [];
  if (replicas.length > 1 && !strong) {
    problems.push(
      `a lease table must be strongly consistent across its Regions, got ${replicas.length} that are ` +
        'eventually consistent and would each grant the lease; give multiRegion and add no replica',
    );
  }
  if (strong && ttl?.enabled === true) {
    problems.push(
      'a table that is strongly consistent across Regions has no TTL, got one; leave expireRows out',
    );
  }
  return problems;
}
