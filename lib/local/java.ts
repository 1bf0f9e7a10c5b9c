/**
 * Finds a Java runtime that can run DynamoDB Local.
 *
 * Decides which `java` is used and whether it is new enough. Starting it is left to
 * `dynamodb-process.ts`.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** DynamoDB Local 3 is compiled for Java 17. */
export const JAVA_VERSION_MIN = 17;

/** What a look for Java found. `tried` says where, for the message that a user reads. */
export type JavaSearch =
  | { readonly kind: 'found'; readonly command: string; readonly majorVersion: number }
  | { readonly kind: 'absent'; readonly tried: readonly string[] };

/** The first of `$JAVA_HOME/bin/java` and `java` on the path that is at least Java 17. */
export async function findJava(env: NodeJS.ProcessEnv): Promise<JavaSearch> {
  const tried: string[] = [];
  const commands = env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin', 'java'), 'java'] : ['java'];
  for (const command of commands) {
    const majorVersion = await majorVersionOf(command, env);
    if (majorVersion !== undefined && majorVersion >= JAVA_VERSION_MIN) {
      return { kind: 'found', command, majorVersion };
    }
    tried.push(
      majorVersion === undefined
        ? `${command}: not found`
        : `${command}: Java ${majorVersion}, too old`,
    );
  }
  return { kind: 'absent', tried };
}

function majorVersionOf(command: string, env: NodeJS.ProcessEnv): Promise<number | undefined> {
  return new Promise((resolve) => {
    // A Java that hangs on its own version is no Java; five seconds cover a cold, loaded machine.
    execFile(command, ['-version'], { env, timeout: 5_000 }, (error, _stdout, stderr) => {
      resolve(error ? undefined : parseMajorVersion(stderr));
    });
  });
}

/** `openjdk version "17.0.15"` is 17; the old scheme's `1.8.0_392` is 8. */
export function parseMajorVersion(banner: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(banner);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
