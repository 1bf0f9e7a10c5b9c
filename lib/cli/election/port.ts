/** A port as it is typed. */
import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError, which names the option and value. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('Give a port from 1 to 65535.');
}
