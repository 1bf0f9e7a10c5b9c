/**
 * `tenure completion`: what a shell needs to complete verbs and options. Made of the program itself, so that it
 * knows each of them.
 */
import { Argument, Command } from 'commander';
import { print } from '../terminal/terminal.ts';

const HELP = `
Examples:
  tenure completion bash >> ~/.bashrc
  tenure completion zsh >> ~/.zshrc`;

export function completionVerb(): Command {
  return new Command('completion')
    .description('print what completes verbs and options in a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh']))
    .addHelpText('after', HELP)
    .action((shell: 'bash' | 'zsh', _options: object, verb: Command) => {
      const program = verb.parent;
      if (program === null) throw new Error('a verb belongs to a program');
      print(...scriptOf(program, shell).split('\n'));
    });
}

function scriptOf(program: Command, shell: 'bash' | 'zsh'): string {
  const verbs = program.commands.map((verb) => verb.name());
  const cases = program.commands.map((verb) => `    ${verb.name()}) words="${optionsOf(verb)}" ;;`);
  const lines = [
    '_tenure() {',
    '  local word="${COMP_WORDS[COMP_CWORD]}" words=""',
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    '  esac',
    `  if [ "$COMP_CWORD" -eq 1 ]; then words="${verbs.join(' ')}"; fi`,
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    '}',
    'complete -o default -F _tenure tenure',
  ];
  // zsh completes as bash does once it is told to.
  const zsh = ['autoload -U +X bashcompinit && bashcompinit'];
  return [...(shell === 'zsh' ? zsh : []), ...lines].join('\n');
}

function optionsOf(verb: Command): string {
  return verb.options.flatMap(({ long }) => (long ? [long] : [])).join(' ');
}
