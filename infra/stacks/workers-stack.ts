/**
 * The stack of the candidates: a scheduled function, and a Fargate service where the context asks for it.
 */
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { type AppConfig, type ServiceConfig, serviceElectionOf } from '../config.ts';
import { statedOnly } from '../constructs/election/stated-only.ts';
import { LeaderFunction } from '../constructs/function/leader-function.ts';
import { LeaderService } from '../constructs/service/leader-service.ts';
import type { IElectionTable } from '../constructs/table/election-table-base.ts';
import { ElectionAlarms } from '../constructs/watching/election-alarms.ts';
import { ARCHITECTURES, SOURCES } from '../sources.ts';
import type { AlarmOptions } from './alarm-options.ts';
import type { WorkTable } from './work-table.ts';

/** Asks the worker's own server, which fails when work does not stop after it was told to. */
const WORKER_HEALTH_CHECK = [
  'CMD',
  'node',
  '-e',
  "fetch('http://127.0.0.1:8080/livez').then(({ok})=>process.exit(ok?0:1),()=>process.exit(1))",
];

export interface WorkersStackProps extends StackProps {
  readonly config: AppConfig;
  readonly table: IElectionTable;
  readonly work: WorkTable;
  readonly alarms: AlarmOptions;
}

export class WorkersStack extends Stack {
  readonly leaderTask: LeaderFunction;
  readonly service: LeaderService | undefined;
  /** In the stack of the service, since the alarms roll back its deployments. */
  serviceAlarms: ElectionAlarms | undefined;

  constructor(scope: Construct, id: string, props: WorkersStackProps) {
    super(scope, id, props);
    const { config, table, work } = props;
    this.leaderTask = new LeaderFunction(this, 'LeaderTask', {
      description: `does a unit of work every ${config.minutes} min while it leads "${config.election}"`,
      entry: SOURCES.leaderTask,
      depsLockFilePath: SOURCES.lockFile,
      projectRoot: SOURCES.root,
      election: config.election,
      table,
      timings: config.timings,
      environment: work.environment,
      schedule: ScheduleExpression.rate(Duration.minutes(config.minutes)),
    });
    work.grantWork(this.leaderTask, config.election);
    this.service = config.service && this.createService(props, config.service);
    this.put('Logs', this.leaderTask.logGroup.logGroupName, 'aws logs tail <this> --follow');
    if (this.service !== undefined) {
      const { service, cluster } = this.service;
      this.put('ServiceName', service.serviceName, 'The service whose tasks compete');
      this.put('ClusterName', cluster.clusterName, 'The cluster of the service');
    }
  }

  /** Where candidates write their events. */
  get logGroups(): readonly ILogGroup[] {
    return [this.leaderTask.logGroup, ...(this.service ? [this.service.logGroup] : [])];
  }

  private createService(props: WorkersStackProps, chosen: ServiceConfig): LeaderService {
    const { config, table, work } = props;
    const election = serviceElectionOf(config);
    const { cpuArchitecture, platform } = ARCHITECTURES[chosen.arch];
    const { timings } = config;
    this.serviceAlarms = new ElectionAlarms(this, 'ServiceAlarms', {
      ...{ election, timings, store: table, ...props.alarms },
    });
    const service = new LeaderService(this, 'Service', {
      election,
      table,
      image: ContainerImage.fromAsset(SOURCES.root, { ...SOURCES.workerImage, platform }),
      cpuArchitecture,
      deploymentAlarms: this.serviceAlarms,
      ...statedOnly({ endStoppedLeases: chosen.endStoppedLeases }),
      desiredCount: chosen.tasks,
      egress: chosen.egress,
      spot: chosen.spot,
      timings: config.timings,
      healthCheck: { command: WORKER_HEALTH_CHECK, startPeriod: Duration.seconds(10) },
      environment: work.environment,
    });
    work.grantWork(service, election);
    return service;
  }

  private put(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
