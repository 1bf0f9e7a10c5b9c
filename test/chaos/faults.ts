/**
 * The kinds of faults of a chaos run, and what each does to one seat.
 */
import type { SeededRandom } from '../simulation/shared/random.ts';
import type { Fault } from '../support/network/fault-proxy.ts';
import type { Place, Seat } from './workers/crew.ts';

export interface SeatFault {
  readonly kind: string;
  /** `network` may strike every seat at once. */
  readonly reach: 'process' | 'network';
  /** Returns what heals it. */
  readonly strike: (seat: Seat, random: SeededRandom) => () => void;
}

/** More than a write waits for its answer. */
const LATE_MS = 700;
const JUMP_SECONDS_MAX = 60;

const NETWORK = {
  'requests lost': { direction: 'requests', kind: 'black-hole' },
  'answers lost': { direction: 'answers', kind: 'black-hole' },
  'answers late': { direction: 'answers', kind: 'delay', ms: LATE_MS },
  'connections reset': { direction: 'requests', kind: 'reset' },
} as const satisfies Record<string, Fault>;
const PLACES: readonly Place[] = ['election', 'resource'];

const passed = () => {
  // Nothing to heal: another worker has taken the place, or the clock is what it is.
};

const TO_PROCESSES: Readonly<Record<string, SeatFault['strike']>> = {
  SIGKILL: (seat) => {
    seat.member()?.signal('SIGKILL');
    seat.seat();
    return passed;
  },
  // It hands over while another starts in its place.
  SIGTERM: (seat) => {
    seat.member()?.signal('SIGTERM');
    seat.seat();
    return passed;
  },
  SIGSTOP: (seat) => {
    const stopped = seat.member();
    stopped?.signal('SIGSTOP');
    return () => stopped?.signal('SIGCONT');
  },
  // After every check that it makes, and before its request leaves.
  'frozen in mid-write': (seat) => {
    const frozen = seat.member();
    frozen?.order('freeze');
    return () => {
      frozen?.order('spare');
      frozen?.signal('SIGCONT');
    };
  },
  'wall clock moved': (seat, random) => {
    const seconds = random.between(-JUMP_SECONDS_MAX, JUMP_SECONDS_MAX);
    seat.member()?.setWallClockAhead(Math.round(seconds));
    return passed;
  },
};

export const FAULTS: readonly SeatFault[] = [
  ...Object.entries(TO_PROCESSES).map(([kind, strike]): SeatFault => {
    return { kind, reach: 'process', strike };
  }),
  ...PLACES.flatMap((place) =>
    Object.entries(NETWORK).map(([name, fault]): SeatFault => {
      const strike: SeatFault['strike'] = ({ network }) => network[place].inject(fault);
      return { kind: `${name}, ${place}`, reach: 'network', strike };
    }),
  ),
];
