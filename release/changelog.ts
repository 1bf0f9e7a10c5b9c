/**
 * What a release does to the changelog: the lines under Unreleased get a version and a date.
 */
const UNRELEASED = '## Unreleased\n';

/** @throws Error where there is no such section, or nothing in it. */
export function releasedChangelog(text: string, version: string, date: string): string {
  const start = text.indexOf(UNRELEASED);
  if (start === -1) throw new Error('CHANGELOG.md has no section "## Unreleased"');
  const body = start + UNRELEASED.length;
  const next = text.indexOf('\n## ', body);
  const lines = text.slice(body, next === -1 ? undefined : next);
  if (!lines.includes('\n- ')) {
    throw new Error('CHANGELOG.md has nothing under "## Unreleased"; say what the release brings');
  }
  return `${text.slice(0, body)}\n## ${version} (${date})\n${text.slice(body)}`;
}
