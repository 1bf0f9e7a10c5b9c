/**
 * A Chromium for the tests: the one in an npm package, or the system's where npm has none.
 *
 * The package `@sparticuz/chromium` brings a headless Chromium for Linux on x64, compressed, with the
 * libraries and one font that a bare machine lacks. It is unpacked once, below `node_modules`.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface Chromium {
  readonly executablePath: string;
  /** Added to the environment of the browser. */
  readonly env: Readonly<Record<string, string>>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SYSTEM_PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export function npmHasChromium(): boolean {
  return process.platform === 'linux' && process.arch === 'x64';
}

export function chromiumOfSystem(): string | undefined {
  return SYSTEM_PLACES.find((path) => existsSync(path));
}

export async function chromiumForTests(): Promise<Chromium> {
  if (npmHasChromium()) return unpackedChromium();
  const executablePath = chromiumOfSystem();
  if (executablePath !== undefined) return { executablePath, env: {} };
  throw new Error(`no Chromium at ${SYSTEM_PLACES.join(', ')}; run npm run test:tools`);
}

async function unpackedChromium(): Promise<Chromium> {
  const folder = join(ROOT, 'node_modules', '.cache', `chromium-${versionOfPackage()}`);
  if (!existsSync(folder)) await unpackInto(folder);
  return {
    executablePath: join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_PATH: join(folder, 'fonts') },
  };
}

function versionOfPackage(): string {
  const main = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const { version } = createRequire(import.meta.url)(join(dirname(main), '..', 'package.json'));
  return String(version);
}

/** The folder appears complete or not at all, since two test files may unpack at once. */
async function unpackInto(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const part = await mkdtemp(`${folder}.part-`);
  await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', UNPACK],
    // The package unpacks into the temporary folder, and its libraries only where it sees Lambda.
    {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: part, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
    },
  );
  await writeFile(join(part, 'fonts', 'fonts.conf'), fontsIn(join(folder, 'fonts')));
  try {
    await rename(part, folder);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

const UNPACK = `
import chromium from '@sparticuz/chromium';
await chromium.executablePath();
`;

/** The package's own font configuration names folders of Lambda. */
function fontsIn(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}</dir>
  <cachedir>${join(folder, 'cache')}</cachedir>
</fontconfig>
`;
}
