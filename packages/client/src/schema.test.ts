import { readFile } from 'node:fs/promises';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, it } from 'vitest';

it('the types are those of openapi.json (npm run generate-client writes them)', async () => {
  const description = new URL('../../../apps/server/openapi.json', import.meta.url);
  const types = `${COMMENT_HEADER}${astToString(await openapiTS(description, { defaultNonNullable: false }))}`;
  expect(await readFile(new URL('./schema.ts', import.meta.url), 'utf8')).toBe(types);
});
