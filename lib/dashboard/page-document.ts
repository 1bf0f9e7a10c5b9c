/**
 * The document of the page. Its content comes with the events; the document itself does not change.
 */

const RANGES = [
  [30_000, '30 s'],
  [120_000, '2 min'],
  [900_000, '15 min'],
] as const;

export type RangeMs = (typeof RANGES)[number][0];

export interface PageOptions {
  /** The election. */
  readonly title: string;
  /** Where it takes place, as `table tenure in eu-west-1`. */
  readonly subtitle: string;
  /** Whether the page has buttons that do something. */
  readonly hasActions: boolean;
  /** How much time is in sight at first. */
  readonly rangeMs: RangeMs;
  readonly token: string;
  readonly script: string;
}

export function pageDocument(options: PageOptions): string {
  return documentOf(
    options,
    `${NOW}
${timeLine(options)}
</main>
${LEGEND}`,
  );
}

/** Of a group: its members and what each leads. */
export function groupDocument(options: PageOptions): string {
  return documentOf(
    options,
    `${groupSections(options)}
</main>`,
  );
}

function documentOf(options: PageOptions, content: string): string {
  const title = escaped(options.title);
  const token = options.hasActions ? escaped(options.token) : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · tenure</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
<script type="module" src="${options.script}"></script>
</head>
<body data-token="${token}" data-actions="${options.hasActions}" data-range="${options.rangeMs}">
<header>
  <div class="names">
    <h1>${title}</h1>
    <p>${escaped(options.subtitle)}</p>
  </div>
  <p class="link" id="link" role="status">connecting</p>
</header>
<main>
${content}
<p class="toast" id="toast" role="alert"></p>
<p class="unseen" id="news" aria-live="polite"></p>
</body>
</html>
`;
}

function timeLine(options: PageOptions): string {
  return `  <section class="line" aria-label="Time line">
    <div class="bar-above">
      <h2>Time line</h2>
      ${options.hasActions ? HINTS : ''}
      <div class="ranges" role="group" aria-label="Range">
        ${RANGES.map(([ms, label]) => rangeButton(ms, label, ms === options.rangeMs)).join('')}
      </div>
      ${options.hasActions ? '<button type="button" class="add" data-action="add">Add a candidate</button>' : ''}
    </div>
    <div class="lanes" id="lanes">
      <div class="row ruler"><div></div><div class="track" id="ruler" aria-hidden="true"></div></div>
      <div class="row vacancy"><div class="head"><span>Nobody leads</span></div>
        <div class="track" id="gaps" role="img" aria-label="Where nobody led"></div></div>
    </div>
    <p class="empty" id="empty">No candidate yet.</p>
  </section>`;
}

const NOW = `  <section class="now" aria-label="Now">
    <div class="who" id="who" data-led="false">
      <p class="caption">Leader</p>
      <p class="leader" id="leader">nobody</p>
      <div class="lease"><div id="lease"></div></div>
      <p class="caption" id="remaining">&nbsp;</p>
    </div>
    <dl class="figures">
      <div><dt>Token</dt><dd id="token">–</dd></div>
      <div><dt>Led for</dt><dd id="led">–</dd></div>
      <div><dt>Last leaderless gap</dt><dd id="gap">–</dd></div>
      <div><dt>Stale writes refused</dt><dd id="refused">0</dd></div>
    </dl>
  </section>`;

const LEGEND = `<footer>
  <ul class="legend">
    <li><i class="key leads"></i>leads</li>
    <li><i class="key left"></i>lease left</li>
    <li><i class="key drains"></i>hands over</li>
    <li><i class="key dead"></i>lease of a dead leader</li>
    <li><i class="key frozen"></i>frozen</li>
    <li><i class="key gap"></i>nobody leads</li>
    <li><i class="key refused"></i>stale write refused</li>
  </ul>
</footer>`;

const HINTS = `<p class="hints">on the leader: <kbd>k</kbd> kill <kbd>f</kbd> freeze <kbd>s</kbd> stop
        <kbd>c</kbd> cut off · <kbd>t</kbd> thaw · <kbd>a</kbd> add</p>`;

const groupSections = ({
  hasActions,
}: PageOptions): string => `  <section class="now group" aria-label="Now">
    <dl class="figures">
      <div><dt>Partitions led</dt><dd id="led">–</dd></div>
      <div><dt>Members</dt><dd id="in">–</dd></div>
      <div><dt>Largest less smallest share</dt><dd id="spread">–</dd></div>
      <div><dt>Moves</dt><dd id="moved">0</dd></div>
      <div><dt>Leaderless, middle</dt><dd id="gap">–</dd></div>
    </dl>
  </section>
  <section class="line" aria-label="Members">
    <div class="bar-above"><h2>Who leads what</h2>
      ${hasActions ? '<button type="button" class="add" data-action="add">Add a member</button>' : ''}
    </div>
    <div class="members" id="members"></div>
    <div class="member nobody"><div class="head"><span>Nobody leads</span></div>
      <div class="chips" id="vacant"></div></div>
    <p class="empty" id="empty">No member yet.</p>
  </section>
  <section class="line" aria-label="Moves">
    <div class="bar-above"><h2>Moves</h2></div>
    <ol class="moves" id="moves"></ol>
  </section>`;

function rangeButton(ms: RangeMs, label: string, isPressed: boolean): string {
  return `<button type="button" data-range="${ms}" aria-pressed="${isPressed}">${label}</button>`;
}

function escaped(text: string): string {
  const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (sign) => entities[sign as keyof typeof entities]);
}
