/**
 * A request to SQS and its answer, between the strict layer and the emulator behind it.
 */

/** One request, as a test that scripts a fault sees it. */
export interface SqsCall {
  readonly action: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Emulator {
  request(call: SqsCall): Promise<{ status: number; body: Record<string, unknown> }>;
}

/** What a front answers itself. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}
