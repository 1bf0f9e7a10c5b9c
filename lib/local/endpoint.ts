/** The address of a local service as the environment gives it. */
import { InvalidOptionsError } from '../errors.ts';

/**
 * The address in the first of these variables that is set.
 * @throws InvalidOptionsError for what is no address.
 */
export function endpointIn(
  env: Readonly<Record<string, string | undefined>>,
  variables: readonly string[],
): string | undefined {
  const name = variables.find((variable) => env[variable]);
  const text = name && env[name];
  if (!text) return undefined;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidOptionsError([
    `${name} must be a URL such as http://127.0.0.1:8000, got ${JSON.stringify(text)}; correct it`,
  ]);
}
