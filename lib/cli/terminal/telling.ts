/** What a verb did: a line of words, or one object with `--json`. */
import { print } from './terminal.ts';

/** `result` is for programs, `words` for readers, `about` the fields of docs/json.md. */
export type Say = (result: string, words: string, about?: object) => void;

export function telling(
  subject: { readonly election: string } | { readonly group: string },
  { json }: { readonly json?: boolean | undefined },
): Say {
  const name = 'election' in subject ? subject.election : subject.group;
  return (result, words, about = {}) =>
    print(json ? JSON.stringify({ ...subject, result, ...about }) : `${name}: ${words}`);
}
