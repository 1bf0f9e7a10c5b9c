/**
 * Which task this container belongs to, from ECS itself: the task metadata endpoint, version 4.
 *
 * Decides how a candidate is named after its task: `candidateId` begins with
 * `candidatePrefixOf(taskArn)`. A function that hears of the task's end then knows which lease to
 * end.
 */
import { MalformedDataError, UnreachableError } from '../errors.ts';

/** The variable that ECS sets in every container. */
export const METADATA_VARIABLE = 'ECS_CONTAINER_METADATA_URI_V4';

/** What ECS says of the task that this process runs in. */
export interface TaskIdentity {
  readonly taskArn: string;
  readonly cluster: string;
  readonly family: string;
  /** Absent where ECS does not say, as on some external instances. */
  readonly zone?: string | undefined;
  /** For `createElection`: the prefix of the `candidateId`. */
  readonly candidatePrefix: string;
  /** For `createElection`: where the leader runs, for readers of the record. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** What `taskIdentity` takes. */
export interface TaskIdentityOptions {
  /** Default: `ECS_CONTAINER_METADATA_URI_V4`. */
  readonly metadataUri?: string | undefined;
  /** Deadline of one attempt. The endpoint is on this machine. Default 1,000 ms. */
  readonly timeoutMs?: number | undefined;
}

/** Attempts: the endpoint may not answer yet in the first moments of a task. */
const ATTEMPTS = 5;
const PAUSE_MS = 200;
/** A task's id: 32 hexadecimal digits, or a UUID in the ARN format of before 2018. */
const TASK_ID = /^[0-9a-f]{32}$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * `undefined` outside ECS, where no endpoint is named.
 * @throws UnreachableError, MalformedDataError
 */
export async function taskIdentity(
  options: TaskIdentityOptions = {},
): Promise<TaskIdentity | undefined> {
  const { metadataUri = process.env[METADATA_VARIABLE], timeoutMs = 1_000 } = options;
  if (metadataUri === undefined || metadataUri === '') return undefined;
  const url = `${metadataUri}/task`;
  return identityOf(await fetchMetadata(url, timeoutMs), url);
}

/**
 * The prefix of the `candidateId` of a task's candidates. A task's id is unique in its account and
 * Region, and the lease table is in that account and Region too.
 * @throws MalformedDataError for a text that is not the ARN of a task.
 */
export function candidatePrefixOf(taskArn: string): string {
  const [, , service, , , resource = ''] = taskArn.split(':');
  const taskId = resource.split('/').at(-1) ?? '';
  if (service !== 'ecs' || !resource.startsWith('task/') || !TASK_ID.test(taskId)) {
    throw new MalformedDataError(
      `a task's ARN must look like arn:aws:ecs:region:account:task/cluster/id, got ` +
        `${JSON.stringify(taskArn)}; pass the ARN as ECS gives it`,
    );
  }
  return `ecs-task/${taskId}`;
}

/** Whether this candidate was one of that task. */
export function isCandidateOf(taskArn: string, candidateId: string): boolean {
  return candidateId.startsWith(`${candidatePrefixOf(taskArn)}/`);
}

async function fetchMetadata(url: string, timeoutMs: number): Promise<unknown> {
  let cause: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await pause(PAUSE_MS);
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
      if (response.ok) return await response.json();
      cause = new Error(`status ${response.status}`);
    } catch (error) {
      cause = error;
    }
  }
  throw new UnreachableError(
    `the task metadata endpoint at ${url} did not answer ${ATTEMPTS} times: ${String(cause)}; check ` +
      `that ${METADATA_VARIABLE} is the one that ECS set`,
    { cause },
  );
}

interface TaskMetadata {
  readonly TaskARN?: unknown;
  readonly Cluster?: unknown;
  readonly Family?: unknown;
  readonly AvailabilityZone?: unknown;
}

function identityOf(metadata: unknown, url: string): TaskIdentity {
  const { TaskARN, Cluster, Family, AvailabilityZone } = (metadata ?? {}) as TaskMetadata;
  if (typeof TaskARN !== 'string' || typeof Cluster !== 'string' || typeof Family !== 'string') {
    throw new MalformedDataError(
      `the task metadata at ${url} must have the texts TaskARN, Cluster and Family, got ` +
        `${JSON.stringify(metadata)}; use version 4 of the endpoint`,
    );
  }
  const candidatePrefix = candidatePrefixOf(TaskARN);
  const zone = typeof AvailabilityZone === 'string' ? AvailabilityZone : undefined;
  const taskId = candidatePrefix.split('/').at(-1) ?? '';
  return {
    taskArn: TaskARN,
    cluster: Cluster,
    family: Family,
    zone,
    candidatePrefix,
    attributes: zone === undefined ? { taskId } : { taskId, zone },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
