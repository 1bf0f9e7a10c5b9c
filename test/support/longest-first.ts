/**
 * The order of test files. The slowest begin first: a file that begins last keeps the run waiting for it
 * alone. After a first run vitest knows how long each file takes; on a fresh clone it knows sizes only.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take a minute or more on two cores. */
const SLOW = [
  'model/model',
  'simulation/mutants/mutants',
  'infra/templates/cdk-init',
  'package/recipes',
  'guard/last-will',
  'cli/groups',
  'demo/demo',
  'browser/demo',
  'package/first-hour',
  'package/runtimes',
  'package/package',
  'cli/run/run',
  'cli/run/run-troubles',
  'fence/lock-set',
].map((name) => `/test/${name}.test.ts`);

const isSlow = ({ moduleId }: TestSpecification) => SLOW.some((path) => moduleId.endsWith(path));

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => Number(isSlow(b)) - Number(isSlow(a)));
  }
}
