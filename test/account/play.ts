/**
 * The order of the steps. Steps that need real minutes run beside the other steps.
 */
import type { Account } from './account.ts';
import type { Report } from './report.ts';
import {
  allEnd,
  changesTooOften,
  nobodyLeads,
  renewalsLate,
  staleWritesRefused,
  startFirstTask,
  startTwin,
  twoLead,
} from './steps/alarms.ts';
import { destroy, secondDeployment, updateInPlace } from './steps/deployments.ts';
import { changesAreEvents, subscribeToChanges, ticksAreWorked } from './steps/events.ts';
import { isLedByItsSchedule, survivesAKill } from './steps/function.ts';
import { statusAndDoctor, stoppedTaskIsEnded } from './steps/operator.ts';
import type { Task } from './task.ts';
import { openWorld, type World } from './world.ts';

/** The election has a name, so that the name is the same in a deployment with another prefix. */
export const CONTEXT = { service: 'true', stopped: 'true', queue: 'true', election: 'quick-start' };

export async function play(account: Account, report: Report): Promise<void> {
  let world: World | undefined;
  const deployed = await report.play('cdk bootstrap, cdk deploy --all', async () => {
    const [assembly] = await Promise.all([
      account.cdk.synth('first', CONTEXT),
      account.cdk.bootstrap(),
    ]);
    const deployment = await account.cdk.deployAssembly(assembly, 'Tenure');
    world = await openWorld(account, deployment);
    return `all stacks; left out: an image, ${deployment.leftOut.join(', ')}`;
  });
  if (!deployed || world === undefined) return;
  await playDeployed(world, report);
}

async function playDeployed(world: World, report: Report): Promise<void> {
  const { account } = world;
  await report.play('nobody leads', () => nobodyLeads(world));
  const changes = await subscribeToChanges(world);
  const [first, twin] = await Promise.all([startFirstTask(world), startTwin(world)]);
  await Promise.all([
    playService(world, report, { first, twin }),
    playFunction(world, report),
    playOperator(world, report, changes),
  ]);
  await report.play('cdk destroy', () => destroy(account, world.deployment));
}

/** In this order: each step acts on the one leader that the step before has left. */
async function playService(
  world: World,
  report: Report,
  { first, twin }: { readonly first: Task; readonly twin: Task },
): Promise<void> {
  const two = report.play('two lead', () => twoLead(world));
  await report.play('renewals are late', () => renewalsLate(world));
  await report.play('leadership changes too often', () => changesTooOften(world));
  await two;
  await twin.stop();
  await report.play('stale writes are refused', () => staleWritesRefused(world, first));
  await report.play('a stopped task ends its lease', () => stoppedTaskIsEnded(world));
  const goneEpochMs = Date.now();
  await report.play('alarms end with their causes', () => allEnd(world, goneEpochMs));
}

async function playFunction(world: World, report: Report): Promise<void> {
  await report.play('the schedule leads', () => isLedByItsSchedule(world));
  await report.play('a function is killed in mid-term', () => survivesAKill(world));
  await report.play('an update in place', () => updateInPlace(world, CONTEXT));
}

async function playOperator(world: World, report: Report, changes: string): Promise<void> {
  await report.play('leader changes are events', () => changesAreEvents(world, changes));
  await report.play('ticks are worked', () => ticksAreWorked(world));
  await report.play('status and doctor', () => statusAndDoctor(world));
  await report.play('a second deployment', () => secondDeployment(world, CONTEXT));
}
