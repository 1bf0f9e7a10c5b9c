/**
 * What both pages do beside drawing: send what buttons ask for, show an answer, and say whether they are live.
 */
import { element } from './view.ts';

const { token = '', actions } = document.body.dataset;
export const hasActions = actions === 'true';
const TOAST_MS = 4_000;

export function showLink(isConnected: boolean): void {
  const link = element('link');
  link.textContent = isConnected ? 'live' : 'reconnecting';
  link.dataset.live = String(isConnected);
}

export async function act(action: string, lane?: string): Promise<void> {
  const answer = await fetch('/actions', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Tenure-Token': token },
    body: JSON.stringify({ action, ...(lane !== undefined && { lane }) }),
  }).catch(() => undefined);
  if (answer === undefined) toast('the server does not answer');
  else if (!answer.ok) toast(await answer.text());
}

let toastTimer: ReturnType<typeof setTimeout> | undefined;

export function toast(text: string): void {
  element('toast').textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    element('toast').textContent = '';
  }, TOAST_MS);
}

/** Sends each button's action for the lane that it stands in; `also` hears of all other buttons. */
export function onButton(also: (of: DOMStringMap) => void): void {
  document.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest('button') : null;
    if (button === null) return;
    also(button.dataset);
    const { action } = button.dataset;
    if (action !== undefined) void act(action, laneOf(button));
  });
}

function laneOf(button: Element): string | undefined {
  const row = button.closest('[data-lane]');
  return row instanceof HTMLElement ? row.dataset.lane : undefined;
}
