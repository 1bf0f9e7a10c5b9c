/**
 * The first process of the worker's image: starts the worker, and releases its role when it dies while
 * the task lives. `node guard.mjs node main.mjs`.
 */
import { guardProgram } from '../../lib/guard/index.ts';

const [command = '', ...args] = process.argv.slice(2);
const say = (message: string) => console.error(JSON.stringify({ level: 'WARN', message }));
process.exitCode = await guardProgram({ command, args, say });
