import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'] as const;

let server: TestServer;
let paths: readonly (readonly [string, readonly string[]])[];
beforeAll(async () => {
  server = await startTestServer();
  const description = (await server.send('/openapi.json')).json as { paths: Record<string, object> };
  paths = Object.entries(description.paths).map(([path, methods]) => [
    path,
    Object.keys(methods).map((method) => method.toUpperCase()),
  ]);
});
afterAll(() => server.close());

describe('a method that an address does not take', () => {
  it('is refused with 405 and the methods that it takes, at every address of the API', async () => {
    for (const [path, methods] of paths) {
      const url = path.replaceAll(/\{\w+\}/g, '7');
      const taken = new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods);
      // The short address of the titles' writes.
      if (path === '/api/v1/items/{itemIdx}') for (const method of ['PUT', 'PATCH', 'DELETE']) taken.add(method);
      for (const method of METHODS.filter((each) => !taken.has(each))) {
        const { status, headers, json } = await server.send({ method: method as 'GET', url: `${url}?k=1` });
        expect([method, url, status, headers['allow']]).toEqual([method, url, 405, [...taken].sort().join(', ')]);
        expect(json).toMatchObject({ statusCode: 405, code: 'METHOD_NOT_ALLOWED' });
      }
    }
  });

  it('does not make an address of what is none', async () => {
    for (const url of ['/nothing', '/recommendations', '/api/v1', '/api/v1/items/7/nothing', '/title/7']) {
      const { status, headers } = await server.send({ method: 'POST', url });
      expect([url, status, headers['allow']]).toEqual([url, 404, undefined]);
    }
  });
});

it('describes every address by one template', () => {
  const shapes = paths.map(([path]) => path.replaceAll(/\{\w+\}/g, '{}'));
  expect(shapes.filter((shape, at) => shapes.indexOf(shape) !== at)).toEqual([]);
});
