import { describe, expect, it } from 'vitest';
import { brokenImports, RULES } from './import-rules.ts';
import { sourcesIn } from './source.ts';

const sources = sourcesIn('lib', 'functions', 'examples', 'demo', 'infra');

describe('the import rules', () => {
  it('hold in every source file', () => {
    expect(sources.length).toBeGreaterThan(5);
    expect(sources.flatMap(brokenImports)).toEqual([]);
  });

  it('cover every file of the package', () => {
    const uncovered = sources.filter(({ path }) => !RULES.some((rule) => rule.covers(path)));

    expect(uncovered.map(({ path }) => path)).toEqual([]);
  });

  it.each([
    ['lib/core/token.ts', "import { readFile } from 'node:fs';"],
    ['lib/core/token.ts', "import type { Term } from '../ports.ts';"],
    ['lib/core/term/course.ts', "import type { Effect } from '../lease/effects.ts';"],
    ['lib/core/lease/state.ts', "import type { Baton } from '../baton/queue.ts';"],
    ['lib/runtime/election.ts', "import { leaseMechanism } from './mechanism/lease.ts';"],
    ['lib/ports.ts', "import { createElection } from './runtime/election.ts';"],
    ['lib/runtime/election.ts', "import { dynamoDbLease } from '../dynamodb/index.ts';"],
    ['lib/dynamodb/election/lease-store.ts', "export * from '../../sqs/index.ts';"],
    ['lib/sqs/baton.ts', "import { DynamoDBClient } from '@aws-sdk/client-dynamodb';"],
    ['lib/cli/verbs/run.ts', "import { step } from '../../core/lease/machine.ts';"],
    [
      'lib/cli/verbs/run.ts',
      "const { x } = await import('../../dynamodb/election/conditions.ts');",
    ],
    ['lib/cli/verbs/run.ts', "type Schema = import('../../dynamodb/table/schema.ts').Schema;"],
    ['examples/cron/main.ts', "import { campaign } from '../../lib/runtime/campaign.ts';"],
    ['infra/app.ts', "import { dynamoDbLease } from '../lib/dynamodb/index.ts';"],
  ])('refuse in %s: %s', (path, text) => {
    const [broken, ...rest] = brokenImports({ path, text });

    expect(rest).toEqual([]);
    expect(broken).toMatch(/imports .+: .+ \(allowed: .+\); else .+/);
  });

  it.each([
    ['lib/cli/verbs/run.ts', "import type { Token } from '../../core/token.ts';"],
    ['lib/cli/verbs/run.ts', "import { dynamoDbLease } from '../../dynamodb/index.ts';"],
    ['lib/sqs/baton.ts', "import { SQSClient } from '@aws-sdk/client-sqs';"],
    ['functions/worker/index.ts', "import { Logger } from '@aws-lambda-powertools/logger';"],
    ['infra/app.ts', "import { partitionKeyOf } from '../lib/dynamodb/table/schema.ts';"],
  ])('allow in %s: %s', (path, text) => {
    expect(brokenImports({ path, text })).toEqual([]);
  });
});
