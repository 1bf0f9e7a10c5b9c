/**
 * The page's end of the event stream, and the server's clock as the page knows it.
 */
import type { HubMessage } from '../hub.ts';

export interface Following<State> {
  readonly state: State;
  /** The server's wall clock. Between its messages the page's own clock counts on. */
  nowEpochMs(): number;
}

/** A smaller correction would look like a jump, and is only a delay of the network. */
const CLOCK_TOLERANCE_MS = 120;

/** Reconnects by itself, and tells `onLink`. */
export function follow<State, Event>(
  of: { readonly first: State; readonly add: (state: State, event: Event) => State },
  onLink: (isConnected: boolean) => void,
): Following<State> {
  let state = of.first;
  let aheadMs = Date.now() - performance.now();
  const source = new EventSource('/events');
  source.onopen = () => onLink(true);
  source.onerror = () => onLink(false);
  source.onmessage = ({ data }: MessageEvent<string>) => {
    const message = JSON.parse(data) as HubMessage<State, Event>;
    const measuredMs = message.nowEpochMs - performance.now();
    if (Math.abs(measuredMs - aheadMs) > CLOCK_TOLERANCE_MS) aheadMs = measuredMs;
    state = message.kind === 'snapshot' ? message.state : message.events.reduce(of.add, state);
  };
  return {
    get state() {
      return state;
    },
    nowEpochMs: () => performance.now() + aheadMs,
  };
}
