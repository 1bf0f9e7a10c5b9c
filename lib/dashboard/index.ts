/**
 * The live page of an election or a group: what feeds it, what keeps it, and the server.
 * @module tenure/dashboard
 */
export { ACTIONS, type Action, type ActionKind, type Actions } from './actions.ts';
export {
  addBoardEvent,
  type Board,
  type BoardEvent,
  EMPTY_BOARD,
  type MemberState,
  sharingOf,
} from './board.ts';
export { changesBetween, type FeedEvent, type FeedEventKind, feedEventOf } from './feed.ts';
export { createGroupHub, createHub, type GroupHub, type Hub, type HubMessage } from './hub.ts';
export { type Dashboard, type DashboardOptions, startDashboard } from './server.ts';
export { followTable, pastEvents, type TableFeedOptions } from './table-feed.ts';
export {
  addEvent,
  EMPTY_TIMELINE,
  type Gap,
  gapsOf,
  leaderAt,
  type Timeline,
} from './timeline.ts';
