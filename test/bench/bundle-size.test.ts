import { expect, test } from 'vitest';
import {
  HANDLER_BYTES_MAX,
  IMPORTS,
  importedBytes,
  LEADING_BYTES_MAX,
} from '../../bench/size/bundle-size.ts';

test('a program that leads over a table, and a handler in Lambda, import no more than their limits', async () => {
  const limited = IMPORTS.filter(({ limitBytes }) => limitBytes !== undefined);
  expect(limited.map(({ limitBytes }) => limitBytes)).toEqual([
    LEADING_BYTES_MAX,
    HANDLER_BYTES_MAX,
  ]);
  for (const each of limited) {
    expect(await importedBytes(each), each.what).toBeLessThanOrEqual(each.limitBytes ?? 0);
  }
});

test('the measure sees what a handler adds', async () => {
  const [leads, handles, fences] = IMPORTS;
  if (leads === undefined || handles === undefined || fences === undefined) {
    return expect.unreachable();
  }
  expect(await importedBytes(handles)).toBeGreaterThan(await importedBytes(leads));
  expect(await importedBytes(fences)).toBeGreaterThan(await importedBytes(handles));
});
