/**
 * Which candidate would lead better: by score, by version, by zone or by Region. Each rule is a
 * pure function of what candidates publish of themselves.
 */
import { type Preference, type PreferenceOptions, preferring } from './preferring.ts';
import type { Contender, Rule } from './standing.ts';

/** What `byScore` takes. */
export interface ScoreOptions extends PreferenceOptions {
  /**
   * How much higher another candidate's score must be, in the scores' own unit. Above their noise, so that
   * the role does not wander. Default 0: any higher score.
   */
  readonly margin?: number | undefined;
}

/** The candidate with the highest `registration.score` leads. One without a score is below all that have one. */
export function byScore({ margin = 0, ...options }: ScoreOptions = {}): Preference {
  const problems = margin >= 0 ? [] : [`margin must be 0 or more, got ${margin}; give a number`];
  const scoreOf = ({ score = Number.NEGATIVE_INFINITY }: Contender) => score;
  return preferring(
    (own, others) => {
      const best = first(others, (a, b) => scoreOf(b) - scoreOf(a));
      return best && scoreOf(best) > scoreOf(own) + margin ? best.candidateId : undefined;
    },
    options,
    problems,
  );
}

/**
 * The newest `registration.version` leads: numbers in it count as numbers, and a pre-release (`2.0.0-rc.1`) is
 * older than its release. A hash has no order: publish a build's number or date. During a rolling deployment
 * the role moves once to the new version, and not with each task.
 */
export function byVersion(options: PreferenceOptions = {}): Preference {
  return preferring((own, others) => {
    const best = first(others, (a, b) => compareVersions(b.version, a.version));
    return best && compareVersions(best.version, own.version) > 0 ? best.candidateId : undefined;
  }, options);
}

/** A candidate whose `registration.zone` is this one leads, while one is there. */
export function byZone(zone: string, options: PreferenceOptions = {}): Preference {
  return preferring(
    home((candidate) => candidate.zone === zone),
    options,
  );
}

/** A candidate whose `registration.zone` is in this Region (`eu-west-1`) leads, while one is there. */
export function byRegion(region: string, options: PreferenceOptions = {}): Preference {
  const isThere = ({ zone = '' }: Contender) =>
    zone === region || (zone.startsWith(region) && !/^\d/.test(zone.slice(region.length)));
  return preferring(home(isThere), options);
}

function home(isHome: (candidate: Contender) => boolean): Rule {
  return (own, others) => (isHome(own) ? undefined : first(others.filter(isHome))?.candidateId);
}

/** The equal candidate whose id comes first, so that each look names the same one. */
function first(
  others: readonly Contender[],
  compare: (a: Contender, b: Contender) => number = () => 0,
): Contender | undefined {
  const byId = (a: Contender, b: Contender) => (a.candidateId < b.candidateId ? -1 : 1);
  return others.toSorted((a, b) => compare(a, b) || byId(a, b))[0];
}

const NUMERIC = new Intl.Collator('en', { numeric: true });

/** Above 0 where `a` is newer. None at all is older than any. */
export function compareVersions(a = '', b = ''): number {
  const [releaseA, preA] = halves(a);
  const [releaseB, preB] = halves(b);
  const releases = NUMERIC.compare(releaseA, releaseB);
  if (releases !== 0 || preA === preB) return releases;
  if (preA === undefined || preB === undefined) return preA === undefined ? 1 : -1;
  return NUMERIC.compare(preA, preB);
}

/** The release, and what follows its first hyphen. What follows a plus sign orders nothing. */
function halves(version: string): readonly [string, string | undefined] {
  const [text = ''] = version.split('+');
  const at = text.indexOf('-');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
