/** How a guardian recognises this process: its id, and its start time where the kernel tells it. */
import { readFileSync } from 'node:fs';

export function ownIdentity(): { readonly pid: number; readonly startTime?: string | undefined } {
  const { pid } = process;
  try {
    const text = readFileSync('/proc/self/stat', 'latin1');
    // `pid (name) state ppid …`; the start time is the twentieth after the name.
    return { pid, startTime: text.slice(text.lastIndexOf(')') + 2).split(' ')[19] };
  } catch {
    return { pid };
  }
}
