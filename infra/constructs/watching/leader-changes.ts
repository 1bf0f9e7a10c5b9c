/**
 * An event on EventBridge for each change of leader, from the table's stream.
 *
 * Decides what reaches the function: records of elections that were written by anything but a renewal.
 * A stream filter cannot compare the old image with the new one, so it recognises renewals by `writtenBy`.
 * Without a filter, a lease renewed every three seconds would invoke the function 880,000 times a month.
 */
import { Duration, Validations } from 'aws-cdk-lib';
import {
  EventBus,
  type EventPattern,
  type IEventBus,
  Rule,
  type RuleProps,
} from 'aws-cdk-lib/aws-events';
import { FilterCriteria, type Function as Lambda, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  LEASE_SORT_KEY,
  PARTITION_KEY,
  partitionKeyOf,
  SORT_KEY,
} from '../../../lib/dynamodb/table/schema.ts';
import { namedElections, namedElectionsProblems } from '../election/election-name.ts';
import { attributeNamesVariable } from '../election/environment.ts';
import { refuse } from '../election/refusal.ts';
import { type BundledFunctionOptions, bundledFunction } from '../function/function-defaults.ts';
import type { IElectionTable } from '../table/election-table-base.ts';

/** The `source` of the events on the bus. */
export const LEADER_CHANGED_SOURCE = 'tenure';
/** The `detail-type` of the events on the bus. */
export const LEADER_CHANGED_DETAIL_TYPE = 'tenure: Leader Changed';

/** Props of `LeaderChanges`. */
export interface LeaderChangesProps {
  readonly table: IElectionTable;
  /** Names, and `orders-*` for all that begin so. Left out: every election of the table. */
  readonly elections?: readonly string[];
  /** Left out: the account's default bus. */
  readonly eventBus?: IEventBus;
  /** VPC, memory, logs, concurrency and the like of the function. Left out: as small as it gets. */
  readonly function?: BundledFunctionOptions;
}

/**
 * The function ships bundled. Events may be repeated: `detail.changeId` is the same each time. Events
 * that could not be sent for an hour are kept in `undelivered` for 14 days, as positions in the stream.
 */
export class LeaderChanges extends Construct {
  readonly eventBus: IEventBus;
  readonly function: Lambda;
  readonly undelivered: Queue;
  private readonly table: IElectionTable;

  constructor(scope: Construct, id: string, props: LeaderChangesProps) {
    super(scope, id);
    this.table = props.table;
    refuse(this, namedElectionsProblems(props.elections ?? []));
    refuse(this, filterProblems(props));
    if (props.table.tableStreamArn === undefined) {
      refuse(this, ['table must have a stream, got none that is known; give tableStreamArn']);
    }
    this.eventBus = props.eventBus ?? EventBus.fromEventBusName(this, 'DefaultBus', 'default');
    this.undelivered = new Queue(this, 'Undelivered', {
      enforceSSL: true,
      encryption: QueueEncryption.SQS_MANAGED,
      retentionPeriod: Duration.days(14),
    });
    acknowledgeNoSecondQueue(this.undelivered);
    this.function = bundledFunction(this, {
      name: 'leader-changes',
      options: {
        memorySize: 256,
        timeout: Duration.seconds(30),
        environment: {
          TENURE_EVENT_BUS: this.eventBus.eventBusArn,
          ...attributeNamesVariable(props.table),
        },
      },
      chosen: props.function,
    });
    this.eventBus.grantPutEventsTo(this.function);
    this.function.addEventSource(
      new DynamoEventSource(props.table.table, {
        startingPosition: StartingPosition.LATEST,
        batchSize: 100,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        maxRecordAge: Duration.hours(1),
        retryAttempts: 20,
        filters: filtersFor(props),
        onFailure: new SqsDlq(this.undelivered),
      }),
    );
    acknowledgeListStreams(this.function);
  }

  /** A rule on the events of this table, of one election or of all, to which targets can be added. */
  onLeaderChanged(id: string, options: { election?: string } & Omit<RuleProps, 'eventBus'>): Rule {
    const { election, ...rule } = options;
    const eventPattern: EventPattern = {
      source: [LEADER_CHANGED_SOURCE],
      detailType: [LEADER_CHANGED_DETAIL_TYPE],
      // Another deployment's elections of the same name share the bus.
      resources: [this.table.tableArn],
      ...(election === undefined ? {} : { detail: { election: [election] } }),
    };
    return new Rule(this, id, { eventPattern, ...rule, eventBus: this.eventBus });
  }
}

function filtersFor({ table, elections }: LeaderChangesProps): Record<string, unknown>[] {
  const { pk = PARTITION_KEY, sk = SORT_KEY } = table.attributeNames ?? {};
  const keys = {
    [sk]: { S: [LEASE_SORT_KEY] },
    ...(elections === undefined ? {} : { [pk]: { S: rulesFor(elections) } }),
  };
  return [
    FilterCriteria.filter({
      dynamodb: { Keys: keys, NewImage: { writtenBy: { S: [{ 'anything-but': ['renew'] }] } } },
    }),
  ];
}

function rulesFor(given: readonly string[]): readonly unknown[] {
  const { elections, prefixes } = namedElections(given);
  return [
    ...elections.map(partitionKeyOf),
    ...prefixes.map((prefix) => ({ prefix: partitionKeyOf(prefix) })),
  ];
}

/** Lambda's quota on one filter of an event source. */
const FILTER_CHARACTERS_MAX = 4_096;

function filterProblems(props: LeaderChangesProps): readonly string[] {
  const characters = Math.max(...filtersFor(props).map(({ pattern }) => String(pattern).length));
  if (characters <= FILTER_CHARACTERS_MAX) return [];
  return [
    `elections must fit into a filter of ${FILTER_CHARACTERS_MAX} characters, got ${characters} for ` +
      `${props.elections?.length} elections; name a prefix such as 'orders-*', or leave elections out`,
  ];
}

function acknowledgeNoSecondQueue(queue: Queue): void {
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'this is the dead-letter queue of the stream',
  });
}

function acknowledgeListStreams(subscriber: Lambda): void {
  Validations.of(subscriber).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'dynamodb:ListStreams names no resource; it is all that is allowed on every resource',
  });
}
