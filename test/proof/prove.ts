/**
 * `npm run prove`: models, mutants, seeds and a short chaos run, and a table of what each one showed.
 */
import { spawn } from 'node:child_process';

interface Part {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

const PARTS: readonly Part[] = [
  { name: 'models', program: '../model/prove.ts', args: [] },
  {
    name: 'simulator, 2,000 seeds',
    program: '../simulation/simulate.ts',
    args: ['--seeds', '2000'],
  },
  {
    name: 'simulator, baton',
    program: '../simulation/simulate.ts',
    args: ['--baton', '--seeds', '2000'],
  },
  { name: 'simulator, mutants', program: '../simulation/mutants/kill-mutants.ts', args: [] },
  { name: 'chaos over a lease', program: '../chaos/run.ts', args: chaosBy('lease') },
  { name: 'chaos over a baton', program: '../chaos/run.ts', args: chaosBy('baton') },
];

/** Half a minute of faults. */
function chaosBy(via: string): readonly string[] {
  return ['--minutes', '0.5', '--via', via];
}

interface Result {
  readonly part: Part;
  readonly ok: boolean;
  readonly seconds: number;
  /** The last line that it printed, where that is a sentence. */
  readonly said: string;
}

async function run(part: Part): Promise<Result> {
  const began = performance.now();
  const program = new URL(part.program, import.meta.url).pathname;
  const child = spawn(process.execPath, [program, ...part.args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk);
    printed += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const last = printed.trimEnd().split('\n').at(-1) ?? '';
  const said = /\w/.test(last) ? last : '';
  return { part, ok: code === 0, seconds: (performance.now() - began) / 1000, said };
}

const results: Result[] = [];
for (const part of PARTS) {
  console.log(`\n== ${part.name}`);
  results.push(await run(part));
}
console.log('');
for (const { part, ok, seconds, said } of results) {
  const cells = [
    part.name.padEnd(24),
    ok ? 'held  ' : 'BROKEN',
    `${seconds.toFixed(0)} s`.padStart(6),
  ];
  console.log(`${cells.join('  ')}  ${said}`);
}
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
