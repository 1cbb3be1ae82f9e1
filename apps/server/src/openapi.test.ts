import { describe, expect, it } from 'vitest';
import { startTestServer } from './testing/test-server.ts';

describe('openapi.json', () => {
  it('is what the routes say (npx vitest run apps/server/src/openapi.test.ts -u writes it)', async () => {
    const server = await startTestServer();
    const { json } = await server.send('/openapi.json');
    await server.close();
    await expect(`${JSON.stringify(json, null, 2)}\n`).toMatchFileSnapshot('../openapi.json');
  });
});
