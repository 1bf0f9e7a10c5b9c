/** Ends the process group that its argument names, and says whether nothing of it is left. */
import { endDescendants } from '../../../lib/cli/command/end-descendants.ts';

const gone = await endDescendants({ pid: Number(process.argv[2]), marker: 'none' });
process.stdout.write(`${JSON.stringify({ event: 'ended', gone })}\n`);
