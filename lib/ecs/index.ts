/**
 * Leading from ECS: who this task is, and SIGTERM.
 * @module tenure/ecs
 */
export {
  DEFAULT_STOP_TIMEOUT_MS,
  leadUntilStopped,
  type ServiceElection,
  type ServiceGroup,
  type ServiceOptions,
} from './lead-until-stopped.ts';
export {
  candidatePrefixOf,
  isCandidateOf,
  METADATA_VARIABLE,
  type TaskIdentity,
  type TaskIdentityOptions,
  taskIdentity,
} from './task-identity.ts';
