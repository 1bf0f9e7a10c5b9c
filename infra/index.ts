/**
 * `tenure/cdk`: constructs for apps of your own. ES modules and CommonJS, without top-level await.
 */
export { BatonQueue, type BatonQueueProps } from './constructs/baton-queue.ts';
export { ElectionAlarms, type ElectionAlarmsProps } from './constructs/election-alarms.ts';
export { ElectionDashboard, type ElectionDashboardProps } from './constructs/election-dashboard.ts';
export {
  ElectionTable,
  type ElectionTableAttributes,
  type ElectionTableProps,
  type MultiRegion,
} from './constructs/election-table.ts';
export type { IElectionTable } from './constructs/election-table-base.ts';
export { ElectionTicks, type ElectionTicksProps } from './constructs/election-ticks.ts';
export {
  LEADER_CHANGED_DETAIL_TYPE,
  LEADER_CHANGED_SOURCE,
  LeaderChanges,
  type LeaderChangesProps,
} from './constructs/leader-changes.ts';
export { LeaderFunction, type LeaderFunctionProps } from './constructs/leader-function.ts';
export { LeaderService, type LeaderServiceProps } from './constructs/leader-service.ts';
export { TaskStoppedRule, type TaskStoppedRuleProps } from './constructs/task-stopped-rule.ts';
export type { Egress } from './constructs/worker-network.ts';
