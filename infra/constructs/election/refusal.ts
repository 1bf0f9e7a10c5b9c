/**
 * Refusing at synth: the one way in which constructs say that props cannot work.
 *
 * Decides the form only: path of the construct, then each problem with what to change.
 */
import type { IConstruct } from 'constructs';

/** @throws Error that names the construct, when there is at least one problem. */
export function refuse(construct: IConstruct, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new Error(`${construct.node.path}: ${problems.join('; ')}`);
}
