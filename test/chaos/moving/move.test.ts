/**
 * Every move that a bridge is made for, on real processes of both sides, with leaders that are killed and frozen.
 * `npm run chaos -- --moves 10` plays each with ten times as many faults.
 */
import { expect, it } from 'vitest';
import { dynamoDbEndpoint } from '../../support/dynamodb.ts';
import { playMove } from './move.ts';
import { MOVES } from './moves.ts';

it.concurrent.each(MOVES)(
  '$name: no two leaders in any deployment, and nothing acknowledged is lost',
  async (move) => {
    const endpoint = await dynamoDbEndpoint();
    const report = await playMove({ move, endpoint, seed: MOVES.indexOf(move), strikes: 1 });

    expect(report.violations).toEqual([]);
    const kinds = report.deployments.flatMap(({ struck }) => Object.keys(struck));
    expect(new Set(kinds)).toEqual(new Set(['SIGKILL', 'frozen in mid-write']));
    expect(report.deployments.map(({ deployment }) => deployment)).toEqual([
      'old',
      'bridge',
      'new',
    ]);
  },
);
