/** Compares each scenario with its transcript; `UPDATE_SCENARIOS=1` writes them anew. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { play, SCENARIOS } from './scenarios.ts';

const folder = new URL('transcripts/', import.meta.url);
const fileOf = (name: string) => new URL(`${name.replaceAll(/[ ,]+/g, '-')}.txt`, folder);
const rewrites = process.env.UPDATE_SCENARIOS === '1';

describe('scenarios', () => {
  it.each(SCENARIOS)('$name', async (scenario) => {
    const transcript = await play(scenario);
    if (rewrites) writeFileSync(fileOf(scenario.name), transcript);

    expect(transcript).toBe(readFileSync(fileOf(scenario.name), 'utf8'));
  });

  it('have each their transcript, and no transcript is left over', () => {
    const expected = SCENARIOS.map(({ name }) => fileOf(name).pathname.split('/').at(-1));
    expect(readdirSync(folder).sort()).toEqual(expected.sort());
  });
});
