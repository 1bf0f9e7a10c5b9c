/**
 * cfn-lint, which reads CloudFormation's own schemas of the resources.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pythonPrograms } from '../../tools/python.ts';

interface Finding {
  readonly Filename: string;
  readonly Rule: { readonly Id: string };
  readonly Message: string;
}

/** Every error and warning in these templates. @throws Error where it cannot say. */
export async function lint(...files: readonly string[]): Promise<readonly string[]> {
  const program = join(await pythonPrograms(), 'cfn-lint');
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile(program, ['--format', 'json', ...files], (error, out, err) => {
      // With findings, its exit code is a sum of 2, 4 and 8.
      const judged = error === null || [2, 4, 6, 8, 10, 12, 14].includes(Number(error.code));
      if (judged) resolve(out);
      else reject(new Error(err, { cause: error }));
    });
  });
  const findings = JSON.parse(stdout || '[]') as Finding[];
  return findings.map(({ Filename, Rule, Message }) => `${Filename}: ${Rule.Id} ${Message}`);
}
