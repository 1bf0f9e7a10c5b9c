/** Compares each scenario with its transcript; `UPDATE_SCENARIOS=1` writes them again. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from '../simulation/mutants/mutants.ts';
import { transcriptOf } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';

const folder = new URL('transcripts/', import.meta.url);
const PEERS_DEFECTS = 14;
const rules = [
  ...Array.from({ length: PEERS_DEFECTS }, (_, index) => `defect ${index + 1}`),
  ...MUTANTS.map(({ name }) => name).filter((name) => name.startsWith('†')),
];

const inOrder = (texts: readonly (string | undefined)[]) =>
  texts.toSorted((one, other) => `${one}`.localeCompare(`${other}`));
const fileOf = (name: string) => new URL(`${name.replaceAll(/[ ,]+/g, '-')}.txt`, folder);
const rewrites = process.env.UPDATE_SCENARIOS === '1';

describe('scenarios', () => {
  it.each(SCENARIOS)('$name', async (scenario) => {
    const transcript = await transcriptOf(scenario);
    if (rewrites) writeFileSync(fileOf(scenario.name), transcript);

    expect(transcript).toBe(readFileSync(fileOf(scenario.name), 'utf8'));
  });

  it('have each their transcript, and no transcript is left over', () => {
    const expected = SCENARIOS.map(({ name }) => fileOf(name).pathname.split('/').at(-1));
    expect(inOrder(readdirSync(folder))).toEqual(inOrder(expected));
  });

  it('show each defect of peers and each † rule of the protocol once', () => {
    expect(inOrder(SCENARIOS.flatMap(({ shows }) => shows))).toEqual(inOrder(rules));
  });

  it('of † rules are named in docs/guarantees.md', () => {
    const guarantees = readFileSync(new URL('../../docs/guarantees.md', import.meta.url), 'utf8');
    const cited = [...guarantees.matchAll(/scenarios? ((?:\d\d(?:, )?)+)/g)].flatMap(([, list]) =>
      (list ?? '').split(', '),
    );
    const marked = SCENARIOS.filter(({ shows }) => shows.some((rule) => rule.startsWith('†')));
    expect(cited).toEqual(expect.arrayContaining(marked.map(({ name }) => name.slice(0, 2))));
  });
});
