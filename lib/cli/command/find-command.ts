/**
 * Whether a command can be found, asked before campaigning: a leader that cannot start its command
 * would take the role from one that can.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { InvalidOptionsError } from '../../index.ts';

/** @throws InvalidOptionsError naming the command. */
export function requireCommand(command: string): void {
  const places = command.includes('/')
    ? [command]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, command));
  if (command !== '' && places.some(isExecutable)) return;
  throw new InvalidOptionsError([
    `command ${JSON.stringify(command)} is not an executable file${
      command.includes('/') ? '' : ' in any folder of PATH'
    }; give the command after --, with its path if it is not in PATH`,
  ]);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
