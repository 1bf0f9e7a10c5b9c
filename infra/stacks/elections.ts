/**
 * The stacks of the app together: one call, so that the app and its tests deploy the same.
 */
import type { App } from 'aws-cdk-lib';
import { configOf } from '../config.ts';
import { alarmOptionsOf } from './alarm-options.ts';
import { ObservabilityStack } from './observability-stack.ts';
import { QueueStack } from './queue-stack.ts';
import { StateStack } from './state-stack.ts';
import { WorkersStack } from './workers-stack.ts';

export interface Elections {
  readonly state: StateStack;
  readonly workers: WorkersStack;
  readonly queue: QueueStack | undefined;
  readonly observability: ObservabilityStack;
}

/** Makes the stacks that the context of `app` asks for. @throws Error for a context that is wrong. */
export function createElections(app: App): Elections {
  const config = configOf(app.node);
  const { prefix } = config;
  const state = new StateStack(app, `${prefix}State`, {
    config,
    description: 'The lease table of tenure: retained, since its tokens must never start again',
  });
  const { table, work } = state;
  const alarms = alarmOptionsOf(state, config);
  const workers = new WorkersStack(app, `${prefix}Workers`, {
    config,
    table,
    work,
    alarms,
    description: 'Those that compete to lead',
  });
  const queue = config.queue
    ? new QueueStack(app, `${prefix}Queue`, {
        config,
        table,
        description: 'An election without a table: the queue of a baton',
      })
    : undefined;
  const observability = new ObservabilityStack(app, `${prefix}Observability`, {
    config,
    table,
    alarms,
    workers,
    queue,
    description: 'Alarms, dashboard and events of leader changes',
  });
  return { state, workers, queue, observability };
}
