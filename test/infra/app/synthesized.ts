/**
 * The app as `cdk synth` would make it, with the context of `cdk.json` and the values that a test chooses.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type IPolicyValidationPlugin, Validations } from 'aws-cdk-lib';
import { createElections, type Elections } from '../../../infra/stacks/elections.ts';

export const CDK_JSON = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', '..', 'cdk.json'), 'utf8'),
) as { readonly app: string; readonly context: Readonly<Record<string, unknown>> };

export interface SynthesisOptions {
  /** Where templates and assets go. Default: a temporary folder. */
  readonly outdir?: string;
  /** Whether esbuild bundles the app's functions. Default: no, since templates do not depend on it. */
  readonly bundle?: boolean;
  readonly plugins?: (app: App) => readonly IPolicyValidationPlugin[];
}

/** Everything but synth: `app.synth()` validates and writes. */
export function appWith(
  context: Readonly<Record<string, string>> = {},
  options: SynthesisOptions = {},
): { readonly app: App; readonly elections: Elections } {
  const { outdir, bundle = false, plugins } = options;
  const app = new App({
    ...(outdir === undefined ? {} : { outdir }),
    context: {
      ...CDK_JSON.context,
      ...(bundle ? {} : { 'aws:cdk:bundling-stacks': [] }),
      ...context,
    },
  });
  for (const plugin of plugins?.(app) ?? []) Validations.of(app).addPlugins(plugin);
  return { app, elections: createElections(app) };
}

/** The context that switches every optional part on. */
export const EVERYTHING = { service: 'true', queue: 'true', spot: 'true', stopped: 'true' };
