import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe('an address of an earlier version', () => {
  it.each([
    ['/api/v1/movies/3', '/api/v1/items/3'],
    ['/api/v1/movies/3/similar?userIdx=1&limit=2', '/api/v1/items/3/similar?userIdx=1&limit=2'],
    ['/api/v1/movies/3/poster?v=a%2Fb', '/api/v1/items/3/poster?v=a%2Fb'],
    ['/api/v1/movies//elsewhere.example', '/api/v1/items//elsewhere.example'],
  ])('%s is redirected to %s', async (url, location) => {
    const { status, headers } = await server.send(url);
    expect([status, headers['location']]).toEqual([308, location]);
  });

  it('keeps the method', async () => {
    const { status, headers } = await server.send({ method: 'POST', url: '/api/v1/movies/3', payload: {} });
    expect([status, headers['location']]).toEqual([308, '/api/v1/items/3']);
  });

  it('leads to the same answer as the present one', async () => {
    const { headers } = await server.send('/api/v1/movies/3?userIdx=1');
    const { status, json } = await server.send(headers['location'] as string);
    expect(status).toBe(200);
    expect(json).toMatchObject({ itemIdx: 3 });
  });

  it('is not part of the API’s description', async () => {
    expect((await server.send('/openapi.json')).text).not.toContain('/api/v1/movies');
  });
});
