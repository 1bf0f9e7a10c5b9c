/**
 * `tenure/cdk`: constructs for apps of your own. ES modules and CommonJS, without top-level await.
 * @module tenure/cdk
 */

export type { BundledFunctionOptions } from './constructs/function/function-defaults.ts';
export { LeaderFunction, type LeaderFunctionProps } from './constructs/function/leader-function.ts';
export { ElectionGroup, type ElectionGroupProps } from './constructs/group/election-group.ts';
export type { GroupAlarmName } from './constructs/group/group-alarm-table.ts';
export type { GroupAlarms } from './constructs/group/group-alarms.ts';
export { BatonQueue, type BatonQueueProps } from './constructs/queue/baton-queue.ts';
export { ElectionTicks, type ElectionTicksProps } from './constructs/queue/election-ticks.ts';
export { HintsQueue, type HintsQueueProps } from './constructs/queue/hints-queue.ts';
export { LeaderService } from './constructs/service/leader-service.ts';
export type {
  ElectionOfService,
  GroupOfService,
  LeaderServiceProps,
  TasksOfService,
} from './constructs/service/leader-service-props.ts';
export {
  TaskStoppedRule,
  type TaskStoppedRuleProps,
} from './constructs/service/task-stopped-rule.ts';
export type { Egress } from './constructs/service/worker-network.ts';
export {
  ElectionTable,
  type ElectionTableAttributes,
  type ElectionTableProps,
  type MultiRegion,
} from './constructs/table/election-table.ts';
export type { IElectionTable } from './constructs/table/election-table-base.ts';
export type { AlarmName, WorkingHours } from './constructs/watching/alarm-table.ts';
export { DeliveryAlarms, type DeliveryAlarmsProps } from './constructs/watching/delivery-alarms.ts';
export { ElectionAlarms, type ElectionAlarmsProps } from './constructs/watching/election-alarms.ts';
export {
  ElectionDashboard,
  type ElectionDashboardProps,
} from './constructs/watching/election-dashboard.ts';
export type { IElectionStore } from './constructs/watching/election-metrics.ts';
export {
  LEADER_CHANGED_DETAIL_TYPE,
  LEADER_CHANGED_SOURCE,
  LeaderChanges,
  type LeaderChangesProps,
} from './constructs/watching/leader-changes.ts';
