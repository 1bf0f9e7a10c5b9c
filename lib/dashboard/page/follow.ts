/**
 * The page's end of the event stream, and the server's clock as the page knows it.
 */
import type { HubMessage } from '../hub.ts';
import { addEvent, EMPTY_TIMELINE, type Timeline } from '../timeline.ts';

export interface Following {
  readonly timeline: Timeline;
  /** The server's wall clock. Between its messages the page's own clock counts on. */
  nowEpochMs(): number;
}

/** A smaller correction would look like a jump, and is only a delay of the network. */
const CLOCK_TOLERANCE_MS = 120;

/** Reconnects by itself, and tells `onLink`. */
export function follow(onLink: (isConnected: boolean) => void): Following {
  let timeline = EMPTY_TIMELINE;
  let aheadMs = Date.now() - performance.now();
  const source = new EventSource('/events');
  source.onopen = () => onLink(true);
  source.onerror = () => onLink(false);
  source.onmessage = ({ data }: MessageEvent<string>) => {
    const message = JSON.parse(data) as HubMessage;
    const measuredMs = message.nowEpochMs - performance.now();
    if (Math.abs(measuredMs - aheadMs) > CLOCK_TOLERANCE_MS) aheadMs = measuredMs;
    timeline =
      message.kind === 'snapshot' ? message.timeline : message.events.reduce(addEvent, timeline);
  };
  return {
    get timeline() {
      return timeline;
    },
    nowEpochMs: () => performance.now() + aheadMs,
  };
}
