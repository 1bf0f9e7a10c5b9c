/**
 * What each step showed: said while it runs, and kept for the object that `--json` prints last.
 */

export interface StepVerdict {
  readonly step: string;
  readonly ok: boolean;
  readonly seconds: number;
  /** What was seen, or what went wrong. */
  readonly said: string;
}

export interface Report {
  readonly verdicts: readonly StepVerdict[];
  /** Plays a step; one that fails is kept as such and does not end the program. */
  play(step: string, act: () => Promise<string>): Promise<boolean>;
}

export function createReport(tell: (line: string) => void): Report {
  const verdicts: StepVerdict[] = [];
  return {
    verdicts,
    async play(step, act) {
      const startedMs = performance.now();
      const { ok, said } = await act().then(
        (said) => ({ ok: true, said }),
        (error: unknown) => ({
          ok: false,
          said: error instanceof Error ? error.message : `${error}`,
        }),
      );
      const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
      verdicts.push({ step, ok, seconds, said });
      tell(`${ok ? 'ok ' : 'NOT'} ${step} (${seconds} s): ${said}`);
      return ok;
    },
  };
}
