import { expect, test } from 'vitest';
import { IMPORTS, importedBytes, LIMIT_BYTES } from '../../bench/size/bundle-size.ts';

test('a handler that leads over a table imports at most 24.5 KB, minified and gzipped', async () => {
  const limited = IMPORTS.filter(({ limitBytes }) => limitBytes !== undefined);
  expect(limited.map(({ limitBytes }) => limitBytes)).toEqual([LIMIT_BYTES]);
  for (const each of limited) {
    expect(await importedBytes(each), each.what).toBeLessThanOrEqual(LIMIT_BYTES);
  }
});

test('the measure sees what a handler adds', async () => {
  const [leads, fences] = IMPORTS;
  if (leads === undefined || fences === undefined) return expect.unreachable();
  expect(await importedBytes(fences)).toBeGreaterThan(await importedBytes(leads));
});
