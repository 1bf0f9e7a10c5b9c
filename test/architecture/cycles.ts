/**
 * Circles of imports, of types too: files that can only be understood, moved or bundled together.
 */
import { importsOf, type SourceFile } from './source.ts';

/** Each group of files that import one another in a circle, sorted; empty where there is none. */
export function importCycles(files: readonly SourceFile[]): readonly (readonly string[])[] {
  const known = new Set(files.map(({ path }) => path));
  const targets = new Map(
    files.map((file) => [
      file.path,
      importsOf(file)
        .map(({ target }) => target)
        .filter((target) => known.has(target)),
    ]),
  );
  return circles(targets);
}

/** Tarjan's strongly connected components, without those of one file that does not import itself. */
function circles(targets: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const open: string[] = [];
  const found: (readonly string[])[] = [];

  function visit(path: string): number {
    order.set(path, order.size);
    open.push(path);
    let low = order.get(path) ?? 0;
    for (const target of targets.get(path) ?? []) {
      if (!order.has(target)) low = Math.min(low, visit(target));
      else if (open.includes(target)) low = Math.min(low, order.get(target) ?? low);
    }
    if (low === order.get(path)) {
      const circle = open.splice(open.indexOf(path));
      const itself = targets.get(path)?.includes(path) ?? false;
      if (circle.length > 1 || itself) found.push(circle.toSorted((a, b) => a.localeCompare(b)));
    }
    return low;
  }

  for (const path of targets.keys()) if (!order.has(path)) visit(path);
  return found;
}
