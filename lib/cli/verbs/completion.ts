/**
 * `tenure completion`: what a shell needs to complete verbs and options. It is made from the
 * program itself, so that it knows each of them.
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
  const cases = program.commands.flatMap(casesOf);
  const lines = [
    '_tenure() {',
    '  local word="${COMP_WORDS[COMP_CWORD]}" words=""',
    '  case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in',
    ...cases,
    '  esac',
    `  if [ "$COMP_CWORD" -eq 1 ]; then words="${verbs.join(' ')}"; fi`,
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    '}',
    'complete -o default -F _tenure tenure',
  ];
  // zsh completes as bash does, once these lines tell it to.
  const zsh = ['autoload -U +X bashcompinit && bashcompinit'];
  return [...(shell === 'zsh' ? zsh : []), ...lines].join('\n');
}

/** A verb with verbs of its own completes those first, and then the options of the one that was typed. */
function casesOf(verb: Command): readonly string[] {
  const own = verb.commands.map((each) => each.name());
  const inner = verb.commands.map((each) =>
    caseOf(`'${verb.name()} ${each.name()}'`, optionsOf(each)),
  );
  return [...inner, caseOf(`'${verb.name()} '*`, own.length > 0 ? own.join(' ') : optionsOf(verb))];
}

function caseOf(pattern: string, words: string): string {
  return `    ${pattern}) words="${words}" ;;`;
}

function optionsOf(verb: Command): string {
  return verb.options.flatMap(({ long }) => (long ? [long] : [])).join(' ');
}
