/**
 * The beginning of a group's page: follows the events, and draws what has changed a few times a second.
 */
import { addBoardEvent, EMPTY_BOARD } from '../board.ts';
import { hasActions, onButton, showLink } from './acting.ts';
import { follow } from './follow.ts';
import { createGroupView } from './group-view.ts';

const DRAW_MS = 100;

const following = follow({ first: EMPTY_BOARD, add: addBoardEvent }, showLink);
const view = createGroupView({ hasActions });
onButton(() => {});
setInterval(() => view.show(following.state, following.nowEpochMs()), DRAW_MS);
