/**
 * Whom the alarms of the app notify, and which runbooks they name to the person that they wake.
 *
 * A topic is in the stack of its alarms, so that both live equally long.
 */
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { AppConfig } from '../config.ts';
import { statedOnly } from '../constructs/election/stated-only.ts';
import type { ElectionAlarmsProps } from '../constructs/watching/election-alarms.ts';

export type AlarmOptions = Pick<ElectionAlarmsProps, 'actions' | 'runbookPage'>;

/** Makes, in `scope`, a topic for an address, or refers to a topic that exists. */
export function alarmOptionsOf(scope: Construct, config: AppConfig): AlarmOptions {
  const topics = [...ownTopic(scope, config), ...givenTopic(scope, config)];
  return {
    actions: topics.map((topic) => new SnsAction(topic)),
    ...statedOnly({ runbookPage: config.runbookPage }),
  };
}

function ownTopic(scope: Construct, { alarmEmail }: AppConfig): readonly ITopic[] {
  if (alarmEmail === undefined) return [];
  const topic = new Topic(scope, 'Alarms', { enforceSSL: true });
  topic.addSubscription(new EmailSubscription(alarmEmail));
  return [topic];
}

function givenTopic(scope: Construct, { alarmTopicArn }: AppConfig): readonly ITopic[] {
  if (alarmTopicArn === undefined) return [];
  return [Topic.fromTopicArn(scope, 'GivenAlarms', alarmTopicArn)];
}
