/**
 * What the parts of the benchmark measured, as `results.json` keeps it.
 */
import type { cost } from '../cost.ts';
import type { failOver } from '../fail-over/part.ts';
import type { LastWillFigures } from '../last-will.ts';
import type { Machine } from '../machine.ts';
import type { partitions } from '../partitions/part.ts';
import type { profile } from '../profile.ts';
import type { scale } from '../scale/scale.ts';
import type { trouble } from '../scale/trouble.ts';
import type { startup } from '../startup.ts';
import type { TransferFigures } from '../transfers/part.ts';

/** How a part was run, whatever it measured. */
export interface Run<Figures> {
  readonly measuredAt: string;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly settings: object;
  readonly figures: Figures;
}

export interface Results {
  readonly 'fail-over'?: Run<Awaited<ReturnType<typeof failOver>>>;
  readonly 'last-will'?: Run<LastWillFigures>;
  readonly cost?: Run<Awaited<ReturnType<typeof cost>>>;
  readonly trouble?: Run<Awaited<ReturnType<typeof trouble>>>;
  readonly scale?: Run<Awaited<ReturnType<typeof scale>>>;
  readonly profile?: Run<Awaited<ReturnType<typeof profile>>>;
  readonly startup?: Run<Awaited<ReturnType<typeof startup>>>;
  readonly fence?: Run<FenceFigures>;
  readonly 'hand-over'?: Run<HandOverFigures>;
  readonly transfers?: Run<TransferFigures>;
  readonly partitions?: Run<Awaited<ReturnType<typeof partitions>>>;
}

interface FenceFigures {
  readonly results: readonly {
    readonly operation: string;
    readonly distance: string;
    readonly medianMs: { readonly plain: number; readonly stamped: number };
    readonly latencyRatio: number;
    readonly requestRatio: number;
    readonly writeUnitRatio: number;
  }[];
}

interface Spread {
  readonly trials: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export interface HandOverFigures {
  readonly on: string;
  readonly baton: Spread;
  readonly leaseWithHints: Spread;
  readonly lease: Spread;
}
