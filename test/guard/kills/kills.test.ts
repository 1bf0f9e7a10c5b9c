/** The short run of kills; `npm run kills` is the long one. */
import { expect, it } from 'vitest';
import { dynamoDbEndpoint } from '../../support/dynamodb.ts';
import { killLeaders } from './killing.ts';

const KILLS = 20;

it('follows each leader that is killed by one that was elected after its end', async () => {
  const { kills, admitted, problems } = await killLeaders({
    kills: KILLS,
    endpoint: await dynamoDbEndpoint(),
  });

  expect(problems).toEqual([]);
  expect(kills).toHaveLength(KILLS);
  expect(kills.filter(({ released }) => released)).toHaveLength(KILLS);
  expect(admitted).toBeGreaterThan(KILLS);
});
