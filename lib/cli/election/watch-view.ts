/**
 * What `tenure watch` draws, as lines. Pure but for colours, which follow the terminal.
 *
 * The lease is counted from when this process saw the renewal, so that differing clocks do not
 * matter.
 */
import type { LeaseRecord } from '../../core/lease/record.ts';
import type { FeedEvent } from '../../dashboard/index.ts';
import { type Line, painted } from '../terminal/line.ts';
import { lasting, utc } from '../terminal/text-table.ts';
import { visible } from '../terminal/visible.ts';

export interface LiveView {
  readonly election: string;
  readonly record: LeaseRecord | undefined;
  /** Since this process first saw the record's revision. */
  readonly sinceSeenMs: number;
  readonly events: readonly FeedEvent[];
  readonly columns: number;
}

const BAR_COLUMNS_MAX = 40;
const MARGIN = 30;

export function liveView(view: LiveView): readonly Line[] {
  const { election, record, sinceSeenMs, columns } = view;
  const leaseMs = record?.leaseDurationMs ?? 0;
  const leftMs = record?.holder === undefined ? 0 : Math.max(0, leaseMs - sinceSeenMs);
  const isLed = leftMs > 0;
  const does = record?.state === 'draining' ? 'hands over' : 'leads';
  const ofTerm = `, term ${record === undefined ? '–' : record.token}`;
  const name = fitted(election, Math.floor(columns / 2));
  const room = columns - name.length - `   ${does}${ofTerm}`.length;
  const who = isLed
    ? [painted('green', fitted(record?.holder ?? '', room)), ` ${does}`]
    : [painted('red', 'nobody leads')];
  const width = Math.max(10, Math.min(BAR_COLUMNS_MAX, columns - MARGIN));
  const full = Math.round((leaseMs > 0 ? leftMs / leaseMs : 0) * width);
  const bar = [painted('green', '█'.repeat(full)), painted('dim', '░'.repeat(width - full))];
  return [
    [painted('bold', name), '  ', ...who, ofTerm],
    [...bar, ` ${isLed ? `${lasting(leftMs)} of ${lasting(leaseMs)}` : 'no lease'}`],
    '',
    ...view.events.map((event) => fitted(sentenceOfEvent(event, columns), columns)),
  ];
}

/** The text as it appears, cut to the columns. */
function fitted(text: string, columns: number): string {
  const line = visible(text);
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}

/** A shorter piece of a name does not identify a candidate. */
const NAME_COLUMNS_MIN = 12;

/** A change in one line. Where the line is too long, the name is cut short and the event is not. */
export function sentenceOfEvent(event: FeedEvent, columns = Infinity): string {
  const [time, words] = [utc(event.atEpochMs), wordsOf(event)];
  const room = columns - time.length - visible(words).length - 3;
  return `${time}  ${fitted(event.lane, Math.max(NAME_COLUMNS_MIN, room))} ${words}`;
}

function wordsOf({ event, token, says }: FeedEvent): string {
  switch (event) {
    case 'elected':
      return `leads, term ${token}`;
    case 'renewed':
      return `renewed term ${token}`;
    case 'draining':
      return `hands over term ${token}`;
    case 'resigned':
      return `released term ${token}`;
    case 'lost':
      return `lost term ${token}: ${says}`;
    case 'refused':
      return `wrote with the stale token ${token}: ${says}`;
    case 'error':
      return says ?? 'failed';
    case 'joined':
      return 'has registered';
    case 'standby':
    case 'killed':
    case 'frozen':
    case 'thawed':
    case 'stopping':
    case 'cut-off':
    case 'reconnected':
    case 'gone':
      return event;
  }
}
