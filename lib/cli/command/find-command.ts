/**
 * Whether a command can be run, asked before campaigning: a leader that cannot start its command would
 * take the role from one that can.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { EXIT } from '../terminal/exit-code.ts';

export interface CommandProblem {
  /** As a shell has it. */
  readonly exitCode: number;
  readonly message: string;
}

/** What keeps the command from being run, as far as that can be told without running it. */
export function commandProblem(command: string): CommandProblem | undefined {
  const hasPath = command.includes('/');
  const folders = (process.env.PATH ?? '').split(delimiter);
  const places = hasPath ? [command] : folders.map((folder) => join(folder, command));
  const found = command === '' ? [] : places.map(kindOf);
  if (found.includes('program')) return undefined;
  const said = JSON.stringify(command);
  const fileKind = found.find(isOtherKind);
  if (fileKind !== undefined) {
    const message = `command ${said} ${WHY_NOT[fileKind]}; name a program or a script`;
    return { exitCode: EXIT.notExecutable, message };
  }
  const where = hasPath ? '' : ' in any folder of PATH';
  const message = `command ${said} was not found${where}; give the command after --, with its path if it is not in PATH`;
  return { exitCode: EXIT.notFound, message };
}

const WHY_NOT = {
  directory: 'is a directory',
  'plain-file': 'is not an executable file',
} as const;

type OtherKind = keyof typeof WHY_NOT;

function isOtherKind(kind: ReturnType<typeof kindOf>): kind is OtherKind {
  return kind in WHY_NOT;
}

function kindOf(path: string): 'nothing' | 'program' | OtherKind {
  try {
    if (statSync(path).isDirectory()) return 'directory';
  } catch {
    return 'nothing';
  }
  try {
    accessSync(path, constants.X_OK);
    return 'program';
  } catch {
    return 'plain-file';
  }
}
