/**
 * A group on the page: its figures, a card for each member with what it leads, and what has moved.
 *
 * Elements are made only where something has changed, and what moved a moment ago stands out.
 */
import { type Board, type BoardMove, type Share, sharingOf } from '../board.ts';
import { make } from './lane-view.ts';
import { element } from './view.ts';
import { duration, shortName, timeOfDay } from './words.ts';

const FRESH_MS = 4_000;
const MOVES_SHOWN = 12;
/** More than these are counted and not drawn. */
const CHIPS_MAX = 400;

const BUTTONS = [
  ['kill', 'Kill'],
  ['freeze', 'Freeze'],
  ['thaw', 'Thaw'],
  ['stop', 'Stop'],
] as const;

export interface GroupView {
  show(board: Board, nowEpochMs: number): void;
}

export function createGroupView({ hasActions }: { hasActions: boolean }): GroupView {
  const cards = new Map<string, Card>();
  const vacantChips = element('vacant');
  let shown = '';
  return {
    show(board, nowEpochMs) {
      const fresh = freshOf(board, nowEpochMs);
      const key = `${board.moved} ${[...fresh].join()} ${JSON.stringify(board.members)}`;
      const sharing = sharingOf(board);
      const vacancy = sharing.vacant.join();
      const whole = `${key} ${vacancy} ${JSON.stringify(board.moves.slice(-MOVES_SHOWN))}`;
      if (whole === shown) return;
      shown = whole;
      for (const share of sharing.shares) {
        const card = cards.get(share.id) ?? createCard(share.id, hasActions);
        if (!cards.has(share.id)) element('members').append(card.element);
        cards.set(share.id, card);
        card.show(share, fresh);
      }
      for (const [id, card] of cards) {
        if (sharing.shares.some((share) => share.id === id)) continue;
        card.element.remove();
        cards.delete(id);
      }
      fillChips(vacantChips, sharing.vacant, new Set());
      showFigures(board, sharing.shares, sharing.vacant.length);
      showMoves(board.moves.slice(-MOVES_SHOWN).toReversed());
      element('empty').hidden = sharing.shares.length > 0;
    },
  };
}

function freshOf({ moves }: Board, nowEpochMs: number): ReadonlySet<number> {
  const young = moves.filter(({ atEpochMs }) => nowEpochMs - atEpochMs < FRESH_MS);
  return new Set(young.map(({ partition }) => partition));
}

interface Card {
  readonly element: HTMLElement;
  show(share: Share, fresh: ReadonlySet<number>): void;
}

function createCard(id: string, hasActions: boolean): Card {
  const card = make('div', 'member');
  card.dataset.lane = id;
  const name = make('span', 'name', shortName(id));
  name.title = id;
  const state = make('span', 'state', ' ');
  const buttons = make('span', 'buttons');
  const head = make('div', 'head');
  head.append(name, state, ...(hasActions ? [buttons] : []));
  const chips = make('div', 'chips');
  card.append(head, chips);
  return {
    element: card,
    show(share, fresh) {
      const count = share.leads.length;
      card.dataset.state = share.state;
      card.dataset.leads = String(count);
      state.textContent = share.state === 'in' ? `leads ${count}` : share.state;
      const wanted = share.state === 'killed' || share.state === 'gone' ? [] : buttonsFor(share);
      const isThere = [...buttons.children].map((one) => (one as HTMLElement).dataset.action);
      if (isThere.join() !== wanted.map(([action]) => action).join()) {
        buttons.replaceChildren(...wanted.map(([action, label]) => button(id, action, label)));
      }
      fillChips(chips, share.leads, fresh);
    },
  };
}

/** A frozen member hears only the signals that end the freeze or the process. */
function buttonsFor({ state }: Share) {
  const isFrozen = state === 'frozen';
  return BUTTONS.filter(([action]) =>
    isFrozen ? action === 'thaw' || action === 'kill' : action !== 'thaw',
  );
}

function button(id: string, action: string, label: string): HTMLElement {
  const made = make('button', '', label);
  made.dataset.action = action;
  made.setAttribute('type', 'button');
  made.setAttribute('aria-label', `${label} ${shortName(id)}`);
  return made;
}

/** Elements are used again, in order. */
function fillChips(
  target: HTMLElement,
  partitions: readonly number[],
  fresh: ReadonlySet<number>,
): void {
  const drawn = partitions.slice(0, CHIPS_MAX);
  const more = partitions.length - drawn.length;
  const texts = [...drawn.map(String), ...(more > 0 ? [`and ${more} more`] : [])];
  while (target.childElementCount > texts.length) target.lastElementChild?.remove();
  texts.forEach((text, n) => {
    const chip = (target.children[n] as HTMLElement | undefined) ?? make('span', 'chip', text);
    if (chip.parentElement === null) target.append(chip);
    if (chip.textContent !== text) chip.textContent = text;
    chip.dataset.partition = text;
    chip.dataset.fresh = String(fresh.has(Number(text)));
  });
}

function showFigures(board: Board, shares: readonly Share[], vacant: number): void {
  const counts = shares.filter(({ state }) => state === 'in').map(({ leads }) => leads.length);
  const spread = counts.length === 0 ? 0 : Math.max(...counts) - Math.min(...counts);
  const gaps = board.moves.flatMap(({ leaderlessMs }) => leaderlessMs ?? []);
  const middle = gaps.toSorted((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)];
  write('led', `${board.partitions - vacant} of ${board.partitions}`);
  write('in', String(counts.length));
  write('spread', String(spread));
  write('moved', String(board.moved));
  write('gap', middle === undefined ? '–' : duration(middle));
  element('led').dataset.whole = String(vacant === 0);
  const told = vacant === 0 ? 'every partition is led' : `${vacant} partitions without a leader`;
  write('news', board.partitions === 0 ? '' : told);
}

function write(id: string, text: string): void {
  const target = element(id);
  if (target.textContent !== text) target.textContent = text;
}

function showMoves(moves: readonly BoardMove[]): void {
  element('moves').replaceChildren(
    ...moves.map(({ partition, from, to, atEpochMs, leaderlessMs, token }) => {
      const line = make('li', 'move');
      line.dataset.partition = String(partition);
      line.dataset.token = token;
      const gap = leaderlessMs === undefined ? '' : duration(leaderlessMs);
      line.append(
        make('time', '', timeOfDay(atEpochMs)),
        make('b', '', String(partition)),
        make('span', 'way', `${shortName(from)} to ${shortName(to)}`),
        make('span', 'gap-ms', gap),
      );
      return line;
    }),
  );
}
