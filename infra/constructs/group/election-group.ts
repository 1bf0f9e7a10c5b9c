/**
 * A group of partitions as a deployment sees it. Its name and size are stated once, for its grants,
 * its alarms, its row of the dashboard, and the service whose tasks are its members.
 *
 * The group's rows are in the table of `table`, beside those of elections. An operator makes them
 * once with `tenure groups create`.
 */
import type { IAlarmAction, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { MetricName } from '../../../lib/core/journal/metrics.ts';
import { type Timings, timingProblems, withDefaults } from '../../../lib/core/time/timing.ts';
import type { GroupTimings } from '../../../lib/group-ports.ts';
import { partitionProblems } from '../../../lib/option-problems.ts';
import { electionNameProblems } from '../election/election-name.ts';
import { refuse } from '../election/refusal.ts';
import type { IElectionTable } from '../table/election-table-base.ts';
import { groupMetric } from '../watching/election-metrics.ts';
import { GroupAlarms } from './group-alarms.ts';

/** Props of `ElectionGroup`. */
export interface ElectionGroupProps {
  readonly group: string;
  /**
   * How many the group was created with, 1 to 10,000. The alarms compare what is led with it: where the group
   * is raised, raise it here too.
   */
  readonly partitions: number;
  readonly table: IElectionTable;
  /** Left out: the library's defaults. Given ones reach the tasks of a service as variables. */
  readonly timings?: Partial<Omit<GroupTimings, 'spareMs'>>;
  /**
   * Moves in 15 minutes above which partitions move too often. Left out: three times the partitions, which a
   * rolling deployment without spares does not reach.
   */
  readonly movesMax?: number;
  /**
   * How many times the mean the largest member may have. Left out: 2. Raise it where capacities or weights
   * differ by more, or where members may outnumber partitions.
   */
  readonly imbalanceMax?: number;
  /** Left out: alarms change state and notify no one. */
  readonly actions?: readonly IAlarmAction[];
  /** Where the runbooks are. Left out: the page of this version of the package, on the web. */
  readonly runbookPage?: string;
}

/** Costs $0.10 a month for each of its eight alarms, and $0.30 for each metric that they read. */
export class ElectionGroup extends Construct {
  readonly group: string;
  readonly partitions: number;
  readonly table: IElectionTable;
  readonly timings: Partial<Omit<GroupTimings, 'spareMs'>>;
  readonly alarms: GroupAlarms;

  constructor(scope: Construct, id: string, props: ElectionGroupProps) {
    super(scope, id);
    const { group, partitions, table, timings = {} } = props;
    const inFull: Timings = withDefaults(timings);
    refuse(this, [
      ...electionNameProblems(group, 'group'),
      ...partitionProblems(partitions),
      ...timingProblems(inFull),
      ...limitProblems(props),
    ]);
    this.group = group;
    this.partitions = partitions;
    this.table = table;
    this.timings = timings;
    this.alarms = new GroupAlarms(this, 'Alarms', {
      ...{ group, partitions, store: table, timings: inFull },
      ...{ movesMax: props.movesMax, imbalanceMax: props.imbalanceMax },
      ...{ actions: props.actions, runbookPage: props.runbookPage },
    });
  }

  /** Join and lead partitions. No row can be deleted. */
  grantMember(grantee: IGrantable): Grant {
    return this.table.grantGroupMember(grantee, this.group);
  }

  /** Read who leads each partition: `group.observe()`, `tenure partitions`, `tenure members`. */
  grantObserve(grantee: IGrantable): Grant {
    return this.table.grantGroupObserve(grantee, this.group);
  }

  /** `tenure groups create`, `move`, `rebalance`, and `resign`, `depose`, `reseed` of its partitions. */
  grantOperate(grantee: IGrantable): Grant {
    return this.table.grantGroupOperate(grantee, this.group);
  }

  /** Check a partition's record inside fenced transactions; beside `grantMember`. */
  grantLeaseCheck(grantee: IGrantable): Grant {
    return this.table.grantGroupLeaseCheck(grantee, this.group);
  }

  /** One of the library's metrics of this group, for alarms and dashboards of your own. */
  metric(name: MetricName, options?: MetricOptions): Metric {
    return groupMetric(name, { group: this.group, store: this.table.storeName }, options);
  }
}

function limitProblems({ movesMax, imbalanceMax }: ElectionGroupProps): readonly string[] {
  const problems: string[] = [];
  if (movesMax !== undefined && !(movesMax >= 0)) {
    problems.push(`movesMax must be a number of at least 0, got ${movesMax}; give the most moves`);
  }
  if (imbalanceMax !== undefined && !(imbalanceMax >= 1)) {
    problems.push(`imbalanceMax must be a number of at least 1, got ${imbalanceMax}; give 2`);
  }
  return problems;
}
