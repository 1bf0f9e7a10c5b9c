/**
 * A leader that wakes in the middle of a write: refused with the fence, and harmful without it.
 */
import { describe, expect, it } from 'vitest';
import { dynamoDbEndpoint } from '../support/dynamodb.ts';
import { overtaken } from './overtaken.ts';
import { VIAS } from './workers/ways.ts';

/** A deadline that only a hang reaches. */
const timeout = 300_000;

describe.each(VIAS)('leaders elected by a %s', (via) => {
  it('are refused at the fence when they wake in the middle of a write', { timeout }, async () => {
    const endpoint = await dynamoDbEndpoint();

    const outcome = await overtaken({ via, isFenced: true, endpoint });

    expect(outcome).toMatchObject({ frozenWrite: 'refused', lost: 0 });
    expect(outcome.acknowledged).toBeGreaterThanOrEqual(7);
  });

  it('undo the work of their successor without the fence', { timeout }, async () => {
    const endpoint = await dynamoDbEndpoint();

    const outcome = await overtaken({ via, isFenced: false, endpoint });

    expect(outcome.frozenWrite).toBe('acknowledged');
    expect(outcome.lost).toBeGreaterThanOrEqual(3);
  });
});
