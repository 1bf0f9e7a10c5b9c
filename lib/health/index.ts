/**
 * Liveness, readiness and who leads, for any container.
 * @module tenure/health
 */
export {
  createHealth,
  type Health,
  type HealthOptions,
  type HealthServer,
} from './health-server.ts';
export type { HealthReport } from './health-state.ts';
