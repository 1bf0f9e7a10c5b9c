/**
 * cdk-nag over the whole app, apart from the other tests: its findings make every synth throw.
 */
import { type App, Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleFunctions } from '../../../functions/bundle.ts';
import { appWith, EVERYTHING } from './synthesized.ts';

beforeAll(() => bundleFunctions());

const nag = { plugins: (app: App) => [new AwsSolutionsChecks(app)] };

describe('the AwsSolutions rules', () => {
  it.each(['public-ip', 'nat', 'endpoints'])('find nothing unexplained with %s', (egress) => {
    const { app } = appWith({ ...EVERYTHING, egress }, nag);
    expect(app.synth().stacks).toHaveLength(4);
  });

  it('find what is not explained', () => {
    const { app, elections } = appWith(EVERYTHING, nag);
    new Queue(elections.workers, 'Open');
    expect(() => app.synth()).toThrow('AwsSolutions-SQS4');
  });

  it('are acknowledged with a reason each', () => {
    const { app } = appWith(EVERYTHING, nag);
    app.synth();
    const reasons = app.node
      .findAll()
      .flatMap(({ node }) => node.metadata)
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .filter(([id]) => id.includes('AwsSolutions'));
    expect(reasons.length).toBeGreaterThan(3);
    for (const [id, reason] of reasons) {
      expect([id, reason.split(' ').length > 6]).toEqual([id, true]);
    }
  });
});
