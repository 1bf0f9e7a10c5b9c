/**
 * Writes the published CloudFormation template: `node infra/template.ts`, as part of the build.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { standaloneTemplate } from './stacks/standalone-stack.ts';

const [, , outfile = join(import.meta.dirname, '../dist/cloudformation/tenure.template.json')] =
  process.argv;

mkdirSync(dirname(outfile), { recursive: true });
writeFileSync(outfile, `${JSON.stringify(standaloneTemplate(), null, 2)}\n`);
