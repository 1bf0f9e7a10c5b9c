/**
 * How the page looks. Light and dark follow the system; every state has a pattern beside its colour.
 */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f6f7f9, #0e1116);
  --card: light-dark(#ffffff, #161b22);
  --ink: light-dark(#16191f, #e8ecf2);
  --soft: light-dark(#5d6675, #98a3b3);
  --rule: light-dark(#e2e6ec, #262d38);
  --lead: light-dark(#0a7f5a, #2fbf8f);
  --lead-ink: light-dark(#ffffff, #06231a);
  --left: light-dark(#0a7f5a33, #2fbf8f33);
  --drain: light-dark(#7a5af0, #a08bff);
  --cold: light-dark(#2f7fd6, #5aa9ff);
  --gone: light-dark(#8a93a1, #6b7585);
  --alarm: light-dark(#c8322b, #ff6b62);
  --alarm-soft: light-dark(#c8322b1f, #ff6b6226);
  font: 15px/1.45 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); }
header, main, footer { max-width: 1240px; margin: 0 auto; padding: 0 28px; }
header { display: flex; align-items: center; justify-content: space-between; padding-top: 26px; }
h1 { margin: 0; font-size: 21px; letter-spacing: -.01em; }
h2 { margin: 0; font-size: 15px; }
p { margin: 0; }
header p, .caption, dt { color: var(--soft); font-size: 13px; }
.link::before { content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 7px;
  border-radius: 50%; background: var(--gone); }
.link[data-live="true"]::before { background: var(--lead); }
.link[data-live="false"]::before { background: var(--alarm); }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 14px;
  margin-top: 18px; }
.now { display: grid; grid-template-columns: minmax(260px, 1.2fr) 3fr; }
.who { padding: 20px 24px; border-right: 1px solid var(--rule); }
.leader { font-size: 30px; line-height: 1.25; font-weight: 650; letter-spacing: -.02em;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.who[data-led="false"] .leader { color: var(--alarm); }
.lease { height: 6px; margin: 9px 0 7px; border-radius: 3px; background: var(--rule);
  overflow: hidden; }
.lease div { height: 100%; background: var(--lead); transform-origin: left; }
.figures { display: grid; grid-template-columns: repeat(4, 1fr); margin: 0; }
.figures div { padding: 20px 24px; }
.figures div + div { border-left: 1px solid var(--rule); }
dd { margin: 4px 0 0; font-size: 22px; font-weight: 600; letter-spacing: -.01em;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
#remaining { font-variant-numeric: tabular-nums; }
.line { padding: 16px 24px 20px; }
.bar-above { display: flex; align-items: center; gap: 14px; margin-bottom: 12px; }
.bar-above h2 { flex: none; }
.hints { flex: 1; color: var(--soft); font-size: 12.5px; }
.ranges { display: flex; margin-left: auto; }
button { font: inherit; font-size: 12.5px; color: var(--ink); background: var(--card);
  border: 1px solid var(--rule); border-radius: 7px; padding: 3px 9px; cursor: pointer; }
button:hover { border-color: var(--soft); }
button:focus-visible { outline: 2px solid var(--cold); outline-offset: 1px; }
.ranges button { border-radius: 0; margin-left: -1px; }
.ranges button:first-child { border-radius: 7px 0 0 7px; }
.ranges button:last-child { border-radius: 0 7px 7px 0; }
.ranges [aria-pressed="true"] { background: var(--ink); color: var(--card); border-color: var(--ink); }
.add { background: var(--lead); border-color: var(--lead); color: var(--lead-ink); font-weight: 600; }
kbd { font: 600 11px/1 ui-monospace, Menlo, Consolas, monospace; padding: 2px 5px;
  border: 1px solid var(--rule); border-bottom-width: 2px; border-radius: 4px; color: var(--ink); }
.row { display: grid; grid-template-columns: 252px 1fr; align-items: stretch;
  border-top: 1px solid var(--rule); }
.row.ruler { border-top: 0; height: 24px; }
.row.lane { height: 58px; }
.row.vacancy { height: 36px; }
.head { display: flex; flex-wrap: wrap; align-content: center; align-items: center; gap: 3px 8px;
  padding-right: 12px; font-size: 14px; }
.vacancy .head { color: var(--soft); font-size: 13px; }
.name { font-weight: 600; white-space: nowrap; overflow: hidden; text-overflow: ellipsis;
  max-width: 130px; }
.state { font-size: 12px; color: var(--soft); }
.lane[data-state^="leads"] .state { color: var(--lead); font-weight: 600; }
.lane[data-state="frozen"] .state { color: var(--cold); font-weight: 600; }
.lane[data-state$="cut off"] .state { color: var(--alarm); font-weight: 600; }
.lane[data-state="gone"] .head { opacity: .55; }
.buttons { display: flex; gap: 4px; width: 100%; }
.buttons button { font-size: 11px; line-height: 1.2; padding: 1px 6px; border-radius: 5px;
  white-space: nowrap; }
.track { position: relative; overflow: hidden; contain: strict; height: 100%; }
.row:not(.ruler) .track::after { content: ""; position: absolute; inset: 0 auto 0 var(--now); width: 1px;
  background: var(--soft); opacity: .55; }
.strip { position: absolute; inset: 0; will-change: transform; }
.tick { position: absolute; top: 3px; padding-left: 5px; font-size: 11px; color: var(--soft);
  border-left: 1px solid var(--rule); white-space: nowrap; font-variant-numeric: tabular-nums; }
.bar, .pause, .gap, .mark { position: absolute; }
.bar { top: 14px; height: 30px; }
.leads { background: var(--lead); border-radius: 6px 0 0 6px; color: var(--lead-ink); overflow: hidden;
  min-width: 3px; }
.leads[data-open="false"] { border-radius: 6px; }
.leads b { position: sticky; left: 0; padding: 0 8px; font-size: 13px; line-height: 30px; }
.left { background: var(--left); border-radius: 0 6px 6px 0;
  border: 1px dashed var(--lead); border-left: 0; }
.drains { background: repeating-linear-gradient(90deg, var(--drain) 0 4px, transparent 4px 8px); }
.dead { border: 1px dashed var(--gone); border-left: 0; border-radius: 0 6px 6px 0;
  background: repeating-linear-gradient(135deg, var(--gone) 0 1.5px, transparent 1.5px 7px); }
.pause { top: 9px; height: 40px; border-radius: 6px; border: 1px solid var(--cold);
  background: repeating-linear-gradient(45deg,
    color-mix(in srgb, var(--cold) 38%, transparent) 0 4px, transparent 4px 9px); }
.gap { top: 6px; height: 24px; border-radius: 5px; background: var(--alarm-soft);
  border: 1px solid var(--alarm); color: var(--alarm); font-size: 11.5px; font-weight: 600;
  line-height: 22px; white-space: nowrap; min-width: 3px; font-variant-numeric: tabular-nums; }
.gap span { position: absolute; left: 7px; }
.gap[data-narrow="true"] span { left: calc(100% + 5px); }
.alive { position: absolute; top: 28px; height: 2px; opacity: .5;
  background: repeating-linear-gradient(90deg, var(--soft) 0 2px, transparent 2px 7px); }
.mark { top: 20px; width: 18px; height: 18px; margin-left: -9px; border-radius: 50%;
  display: grid; place-items: center; font-size: 11px; line-height: 1; background: var(--card);
  border: 1.5px solid var(--soft); color: var(--soft); }
.mark.refused { background: var(--alarm); border-color: var(--alarm); color: #fff; font-weight: 700;
  border-radius: 4px; transform: rotate(45deg); z-index: 2; }
.mark.frozen, .mark.thawed { border-color: var(--cold); color: var(--cold); }
.mark.killed, .mark.error, .mark.cut-off { border-color: var(--alarm); color: var(--alarm); }
.now.group { display: block; }
.now.group .figures { grid-template-columns: repeat(5, 1fr); }
#led[data-whole="false"] { color: var(--alarm); }
.member { display: grid; grid-template-columns: 252px 1fr; border-top: 1px solid var(--rule);
  padding: 9px 0; min-height: 47px; }
.member .buttons { width: auto; }
.member[data-state="in"] .state { color: var(--lead); font-weight: 600; }
.member[data-state="frozen"] .state { color: var(--cold); font-weight: 600; }
.member[data-state="killed"] .head, .member[data-state="gone"] .head { opacity: .55; }
.chips { display: flex; flex-wrap: wrap; gap: 4px; align-content: center; }
.chip { min-width: 30px; padding: 1px 5px; border-radius: 5px; background: var(--lead);
  color: var(--lead-ink); font-size: 12px; text-align: center; font-variant-numeric: tabular-nums; }
.chip[data-fresh="true"] { outline: 2px solid var(--drain); outline-offset: 1px; }
.nobody .chip { background: var(--alarm-soft); color: var(--alarm); border: 1px solid var(--alarm); }
.moves { list-style: none; margin: 0; padding: 0; font-size: 13px; font-variant-numeric: tabular-nums; }
.move { display: grid; grid-template-columns: 80px 60px 1fr 80px; gap: 8px; padding: 3px 0;
  border-top: 1px solid var(--rule); }
.move .gap-ms { text-align: right; }
.move time { color: var(--soft); }
.way { overflow-wrap: anywhere; }
.empty { color: var(--soft); padding: 18px 0 4px; text-align: center; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 20px; list-style: none; padding: 14px 4px 28px;
  margin: 0; color: var(--soft); font-size: 12.5px; }
.legend li { display: flex; align-items: center; gap: 7px; }
.key { position: static; display: inline-block; width: 22px; height: 12px; border-radius: 3px; }
.key.frozen { border: 1px solid var(--cold); background: repeating-linear-gradient(45deg,
  color-mix(in srgb, var(--cold) 38%, transparent) 0 4px, transparent 4px 9px); }
.key.gap { top: 0; height: 12px; }
.key.refused { width: 11px; height: 11px; background: var(--alarm); border-radius: 2px;
  transform: rotate(45deg); }
.toast { position: fixed; left: 50%; bottom: 28px; transform: translateX(-50%); padding: 9px 16px;
  border-radius: 9px; background: var(--ink); color: var(--paper); }
.toast:empty { display: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 900px) {
  .now { grid-template-columns: minmax(0, 1fr); }
  .who { border-right: 0; border-bottom: 1px solid var(--rule); }
  .figures { grid-template-columns: repeat(2, 1fr); }
  .hints { display: none; }
  .now.group .figures { grid-template-columns: repeat(2, 1fr); }
}
@media (max-width: 640px) {
  header, main, footer { padding: 0 14px; }
  header { gap: 12px; padding-top: 18px; }
  header > * { min-width: 0; overflow-wrap: anywhere; }
  .who, .figures div { padding: 14px 16px; }
  .figures div:nth-child(odd) { border-left: 0; }
  .leader { font-size: 23px; white-space: normal; overflow-wrap: anywhere; }
  .line { padding: 14px 14px 18px; }
  .bar-above { flex-wrap: wrap; gap: 8px 14px; }
  .row, .row.lane, .row.vacancy { grid-template-columns: minmax(0, 1fr); height: auto; }
  .row.ruler > :first-child { display: none; }
  .row.ruler .track { height: 24px; }
  .head { padding: 8px 0 4px; }
  .name { max-width: 65%; }
  .buttons button { font-size: 13px; padding: 5px 10px; }
  .lane .track { height: 58px; }
  .vacancy .track { height: 36px; }
  .member { grid-template-columns: minmax(0, 1fr); }
  .move { grid-template-columns: 66px 44px 1fr 64px; gap: 6px; }
}
`;
