/**
 * Tells the demo as it happens: a line for each thing that matters, and a moving one while it waits.
 *
 * Decides words and colours. In a pipe there is no moving line and no colour.
 */
import { styleText } from 'node:util';
import type { StageEvent } from './stage-event.ts';
import type { Style } from './timeline.ts';

export interface Narrator {
  /** A heading of the story. */
  scene(text: string): void;
  /** A line with the time since the beginning. */
  say(text: string): void;
  /** Lines as they are. */
  print(lines: readonly string[]): void;
  /** An event, if it is worth a line. */
  event(event: StageEvent): void;
  /** Shown, with the time it takes, until the next line or `rest`. */
  waitFor(text: string): void;
  rest(): void;
  readonly style: Style;
  readonly width: number;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const DEFAULT_WIDTH = 80;
const ERASE_LINE = '\r\u001b[2K';

export function createNarrator(out: NodeJS.WriteStream): Narrator {
  const style: Style = (name, text) => styleText(name, text, { stream: out });
  const startedAtMs = performance.now();
  let spinner: NodeJS.Timeout | undefined;

  function rest(): void {
    if (spinner === undefined) return;
    clearInterval(spinner);
    spinner = undefined;
    out.write(ERASE_LINE);
  }

  function line(text: string): void {
    rest();
    out.write(`${text}\n`);
  }

  function waitFor(text: string): void {
    rest();
    if (!out.isTTY) return;
    const sinceMs = performance.now();
    let frame = 0;
    spinner = setInterval(() => {
      const seconds = ((performance.now() - sinceMs) / 1_000).toFixed(1);
      const sign = FRAMES[frame++ % FRAMES.length] ?? '';
      out.write(`${ERASE_LINE}${style('cyan', sign)} ${text} ${style('dim', `${seconds} s`)}`);
    }, FRAME_MS);
    // What is waited for keeps the demo alive, not the telling of it.
    spinner.unref();
  }

  function stamped(text: string): void {
    const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1).padStart(5);
    line(`${style('dim', `${seconds} s`)}  ${text}`);
  }

  return {
    scene: (text) => line(`\n${style('bold', text)}`),
    say: stamped,
    print: (lines) => line(lines.join('\n')),
    event(event) {
      const text = wordsOf(event, style);
      if (text !== undefined) stamped(text);
    },
    waitFor,
    rest,
    style,
    width: out.columns ?? DEFAULT_WIDTH,
  };
}

/** An event in words, or `undefined` where the story says it, or it is no news. */
function wordsOf(event: StageEvent, style: Style): string | undefined {
  const { worker, token, highestToken } = event;
  switch (event.kind) {
    case 'elected':
      return `${style('green', `${worker} leads`)}, token ${style('bold', token ?? '')}`;
    case 'resigned':
      return `${worker} has released the role`;
    case 'lost':
      return `${worker} finds its term over (${event.why})`;
    case 'refused':
      return (
        style('red', `a late write of ${worker} with token ${token} is refused`) +
        `: the ledger has seen ${highestToken}`
      );
    case 'killed':
      return style('yellow', `${worker} is killed with SIGKILL`);
    case 'halted':
      return style(
        'yellow',
        `the machine of ${worker} is gone: SIGSTOP for it and its guard, for good`,
      );
    case 'guard-said':
      return `the guard of ${worker}: ${event.why}`;
    case 'frozen':
      return style('yellow', `${worker} is frozen with SIGSTOP, in the middle of a write`);
    case 'thawed':
      return style('yellow', `${worker} wakes up and goes on`);
    case 'stopping':
      return style('yellow', `${worker} is told to stop with SIGTERM`);
    case 'failed':
      return style('red', `${worker} failed: ${event.why}`);
    case 'ready':
    case 'standby':
    case 'renewed':
    case 'draining':
    case 'cut-off':
    case 'reconnected':
    case 'admitted':
    case 'exited':
      return undefined;
  }
}
