/**
 * What the tasks of a service compete for: one election, or the partitions of a group. Everything in which the
 * two differ is here.
 */
import type { Alarm, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { MetricName } from '../../../lib/core/journal/metrics.ts';
import { type Timings, timingProblems, withDefaults } from '../../../lib/core/time/timing.ts';
import { electionNameProblems } from '../election/election-name.ts';
import { environmentOf, groupEnvironmentOf } from '../election/environment.ts';
import type { IElectionTable } from '../table/election-table-base.ts';
import type { GroupOfService, LeaderServiceProps } from './leader-service-props.ts';

/** Longer than ECS takes to replace a task, so that each new one takes the whole share of an old one. */
const SPARE_MS_DEFAULT = 120_000;

export interface ServiceRole {
  /** Of the election, or of the group. */
  readonly name: string;
  readonly table: IElectionTable;
  readonly timings: Timings;
  /** What a stopping task needs, and how that is made up. */
  readonly stopMsMin: number;
  readonly stopMsMinOf: string;
  readonly problems: readonly string[];
  /** Alarms that roll a deployment back. */
  readonly rollBackOn: readonly Alarm[] | undefined;
  environment(stopTimeoutMs: number): Readonly<Record<string, string>>;
  grant(grantee: IGrantable): Grant;
  grantLeaseCheck(grantee: IGrantable, table: IElectionTable): Grant;
  metric(name: MetricName, options?: MetricOptions): Metric;
}

export function roleOf(props: LeaderServiceProps): ServiceRole {
  return props.group === undefined ? electionRole(props) : groupRole(props);
}

function electionRole(props: Exclude<LeaderServiceProps, GroupOfService>): ServiceRole {
  const { election, table, deploymentAlarms } = props;
  const timings = withDefaults(props.timings ?? {});
  return {
    ...{ name: election, table, timings },
    stopMsMin: timings.drainMs + timings.writeTimeoutMs,
    stopMsMinOf: 'drainMs + writeTimeoutMs',
    problems: [...electionNameProblems(election), ...timingProblems(timings)],
    rollBackOn: deploymentAlarms && [
      deploymentAlarms.named.nobodyLeads,
      deploymentAlarms.named.changesTooOften,
    ],
    environment: (stopTimeoutMs) =>
      environmentOf({
        ...{ election, table, timings: props.timings ?? {} },
        stopTimeoutMs,
      }),
    grant: (grantee) => table.grantCandidate(grantee, election),
    grantLeaseCheck: (grantee, of) => of.grantLeaseCheck(grantee, election),
    metric: (name, options) => table.metric(name, election, options),
  };
}

function groupRole(props: GroupOfService): ServiceRole {
  const { group: of, deploymentAlarms } = props;
  const { group, partitions, table } = of;
  const timings = withDefaults(of.timings);
  const spareMs = props.spare?.toMilliseconds() ?? SPARE_MS_DEFAULT;
  return {
    ...{ name: group, table, timings },
    // Every member reads the plan without this one before this one hands anything over.
    stopMsMin: 2 * timings.renewIntervalMs + timings.drainMs + timings.writeTimeoutMs,
    stopMsMinOf: '2 * renewIntervalMs + drainMs + writeTimeoutMs',
    problems: foreignProblems(props),
    rollBackOn: deploymentAlarms && [
      deploymentAlarms.named.partitionsWithoutLeader,
      deploymentAlarms.named.partitionsMoveTooOften,
    ],
    environment: (stopTimeoutMs) =>
      groupEnvironmentOf({
        ...{ group, partitions, table, stopTimeoutMs },
        timings: { ...of.timings, spareMs },
      }),
    grant: (grantee) => of.grantMember(grantee),
    grantLeaseCheck: (grantee, other) => other.grantGroupLeaseCheck(grantee, group),
    metric: (name, options) => of.metric(name, options),
  };
}

/** The props of an election that were given beside a group. The types refuse them too. */
function foreignProblems(props: object): readonly string[] {
  const foreign = ['election', 'table', 'timings', 'endStoppedLeases'].filter(
    (name) => (props as Record<string, unknown>)[name] !== undefined,
  );
  if (foreign.length === 0) return [];
  return [
    `${foreign.join(', ')} must be left out with group, which has its own name, table and timings, and whose ` +
      'members depose a task that stopped; leave them out',
  ];
}
