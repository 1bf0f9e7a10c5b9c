/**
 * Folders of programs that tests need, made once for each set of versions under `node_modules/.cache`.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');

export interface CachedFolder {
  /** Whether it is there, so that `folder` asks nothing of the network. */
  isThere(): boolean;
  /** Its path; makes the folder where it is missing. */
  folder(): Promise<string>;
}

/** A folder whose content follows from these files. */
export function cachedFolder(
  name: string,
  files: readonly string[],
  make: (folder: string) => Promise<void>,
): CachedFolder {
  const home = () => {
    const version = createHash('sha256');
    for (const file of files) version.update(readFileSync(file));
    // What is made contains its folder's path, so it does not work in a copy of the repository.
    return join(CACHE, `${name}-${version.update(CACHE).digest('hex').slice(0, 12)}`);
  };
  const complete = () => join(home(), 'complete');
  return {
    isThere: () => existsSync(complete()),
    async folder() {
      const folder = home();
      if (existsSync(complete())) return folder;
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await make(folder);
      // An interrupted run leaves a folder that no later run uses, not half of one.
      await writeFile(complete(), '');
      return folder;
    },
  };
}
