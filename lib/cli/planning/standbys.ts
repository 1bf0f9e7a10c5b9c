/**
 * What a standby costs that is kept warm, beside what is started only after a crash, on ECS and on Lambda.
 *
 * The starts are not this package's. They are round figures for what AWS does before the first line of a
 * program runs, and depend on the image, the network and the day: measure your own. A program that has
 * started must still wait the dead leader's lease out, unless its clocks have a stated bound.
 */
import { HOURS_A_MONTH, PRICES } from './prices.ts';

export interface Standby {
  readonly kept: string;
  readonly dollarsAMonth: number;
  /** From the crash until a candidate runs that can lead, beside the time that the plan gives; about. */
  readonly startMs: number;
}

/** ECS sees a stopped task, places another, attaches its network and pulls its image. */
const FARGATE_START_MS = 45_000;
/** An environment is made, Node starts, and the handler's modules are loaded. */
const LAMBDA_COLD_START_MS = 500;
const MINUTE_MS = 60_000;

const FARGATE_TASK = { vcpu: 0.25, gb: 0.5 };
const FUNCTION_GB = 0.25;
const INVOCATION_SECONDS = 0.2;

export const STANDBYS: readonly Standby[] = [
  {
    kept: 'ECS: a task of 0.25 vCPU, 512 MB kept warm',
    dollarsAMonth: fargateTaskDollars(),
    startMs: 0,
  },
  { kept: 'ECS: none, another task is started', dollarsAMonth: 0, startMs: FARGATE_START_MS },
  {
    kept: 'Lambda: invoked once a minute, environment kept warm',
    dollarsAMonth: invokedDollars() + provisionedDollars(),
    startMs: MINUTE_MS,
  },
  {
    kept: 'Lambda: invoked once a minute, cold start',
    dollarsAMonth: invokedDollars(),
    startMs: MINUTE_MS + LAMBDA_COLD_START_MS,
  },
];

/** One task on Fargate that runs all month. */
function fargateTaskDollars(): number {
  const { vcpu, gb } = PRICES.fargateDollarsAnHour;
  return (FARGATE_TASK.vcpu * vcpu + FARGATE_TASK.gb * gb) * HOURS_A_MONTH;
}

/** A function of 256 MB that asks whether it leads, and ends after 0.2 s. */
function invokedDollars(): number {
  const invocations = HOURS_A_MONTH * 60;
  const gbSeconds = invocations * INVOCATION_SECONDS * FUNCTION_GB;
  return (
    gbSeconds * PRICES.lambdaDollarsPerGbSecond +
    (invocations * PRICES.dollarsPerMillion.lambdaRequests) / 1e6
  );
}

/** Provisioned concurrency of one. */
function provisionedDollars(): number {
  return HOURS_A_MONTH * 3_600 * FUNCTION_GB * PRICES.provisionedDollarsPerGbSecond;
}
