/**
 * The part `last-will`: how long the role is vacant after a crash, with and without a last will,
 * beside servers that the kernel tells of the crash; and what a guardian costs.
 */
import { measure, type SystemFigures } from './fail-over/part.ts';
import { buildPrograms, WILL_SYSTEMS } from './fail-over/systems.ts';
import { type GuardianCost, guardianCosts } from './guardian-cost.ts';

export interface LastWillSettings {
  readonly systems: readonly string[];
  readonly trials: number;
  readonly lanes: number;
  readonly leasesMs: readonly number[];
}

export interface LastWillFigures {
  readonly leases: readonly {
    readonly leaseDurationMs: number;
    readonly renewIntervalMs: number;
    readonly systems: readonly SystemFigures[];
  }[];
  readonly guardians: readonly GuardianCost[];
}

/** Without a will, all three wait for the same lease: one of them is enough where that is long. */
const LAPSES_NOT_MEASURED: readonly string[] = ['tenure-baton', 'tenure-lease'];
const LAPSES_MEASURED_MS_MAX = 5_000;

export async function lastWill(settings: LastWillSettings): Promise<LastWillFigures> {
  const { systems: names, trials, lanes, leasesMs } = settings;
  await buildPrograms();
  const chosen = WILL_SYSTEMS.filter(({ name }) => names.length === 0 || names.includes(name));
  const leases = [];
  for (const leaseDurationMs of leasesMs) {
    // As etcd has it: a third of the lease.
    const timings = { leaseDurationMs, renewIntervalMs: Math.floor(leaseDurationMs / 3) };
    const systems: SystemFigures[] = [];
    const lapsing = leaseDurationMs > LAPSES_MEASURED_MS_MAX ? LAPSES_NOT_MEASURED : [];
    for (const system of chosen.filter(({ name }) => !lapsing.includes(name))) {
      process.stderr.write(`last-will: ${system.title}, lease ${leaseDurationMs} ms…\n`);
      systems.push(await measure(system, { SIGKILL: trials, others: 0 }, { ...timings, lanes }));
    }
    leases.push({ ...timings, systems });
  }
  return { leases, guardians: await guardianCosts() };
}
