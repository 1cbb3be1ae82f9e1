import { readFile } from 'node:fs/promises';
import { defined } from '@matinee/numerics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const text = await readFile(new URL('../../../docs/api.md', import.meta.url), 'utf8');

const CATALOGUE_TOKEN = 'what the reader has chosen';
const OPERATOR_TOKEN = 'what the reader has chosen as well';

interface Example {
  readonly command: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly body: string | undefined;
  /** With variables of the shell, such as `$SECRET`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Its response does not end. */
  readonly isStream: boolean;
  readonly status: number | undefined;
  /** The response shown in the document, if there is one. */
  readonly answer: unknown;
}

/**
 * Every curl command of the document, in order. A `json` block after a `sh` block is the response to its last command.
 */
function readExamples(): Example[] {
  const blocks = [...text.matchAll(/```(sh|json)\n([\s\S]*?)```/g)];
  return blocks.flatMap(([, language, block], index) => {
    if (language !== 'sh') return [];
    const next = blocks[index + 1];
    const answer: unknown = next?.[1] === 'json' ? JSON.parse(next[2] ?? '') : undefined;
    const commands = (block ?? '')
      .replaceAll('\\\n', ' ')
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('curl'));
    return commands.map((command, at): Example => {
      const status = /# (\d{3})$/.exec(command)?.[1];
      return {
        command,
        method: (/-X (POST|PUT|PATCH|DELETE)/.exec(command)?.[1] ?? 'GET') as Example['method'],
        url: /'http:\/\/localhost:8003([^']+)'/.exec(command)?.[1] ?? '',
        isStream: command.startsWith('curl -N'),
        body: /-d '([^']+)'/.exec(command)?.[1],
        headers: Object.fromEntries(
          Array.from(command.matchAll(/-H ['"]([^:'"]+): ([^'"]+)['"]/g), ([, name = '', value = '']) => [name, value]),
        ),
        status: status === undefined ? undefined : Number(status),
        answer: at === commands.length - 1 ? answer : undefined,
      };
    });
  });
}

/** Compares fields and types of values; lists by their first element. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]));
}

/** From earlier responses: `{householdId}` and `{profileId}`, `$SECRET` and `$SESSION` in the document. */
const held = new Map<string, string>([
  ['matinee_catalogue_token', CATALOGUE_TOKEN],
  ['matinee_operator_token', OPERATOR_TOKEN],
]);

function filledIn(text: string): string {
  return text
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => held.get(name) ?? name)
    .replaceAll(/\$(\w+)/g, (_, name: string) => held.get(name.toLowerCase()) ?? name);
}

function holdIds(answer: unknown): void {
  for (const name of ['householdId', 'profileId', 'secret', 'session', 'requestId']) {
    const id = (answer as Record<string, unknown> | undefined)?.[name];
    if (typeof id === 'string') held.set(name, id);
  }
}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ catalogueToken: CATALOGUE_TOKEN, operatorToken: OPERATOR_TOKEN });
});
afterAll(() => server.close());

describe('docs/api.md', () => {
  const examples = readExamples();

  it('has an example of every route', async () => {
    const { paths } = (await server.send('/openapi.json')).json as { paths: Record<string, object> };
    const documented = examples.map(({ url }) => url.split('?')[0] ?? '');
    for (const path of Object.keys(paths)) {
      const pattern = new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
      expect(
        documented.some((url) => pattern.test(url)),
        path,
      ).toBe(true);
    }
  });

  it.each(examples.filter(({ isStream }) => isStream))('$command', async ({ url }) => {
    const address = await server.app.listen({ host: '127.0.0.1', port: 0 });
    const { status, headers, body } = await fetch(`${address}${url}`);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    const { value } = (await body?.getReader().read()) ?? {};
    expect(new TextDecoder().decode(value)).toContain('retry: ');
  });

  it.each(examples.filter(({ isStream }) => !isStream))('$command', async (example) => {
    const { method, url, body, headers, status, answer } = example;
    const response = await server.sendAsStranger({
      method,
      url: filledIn(url),
      ...defined({ payload: body }),
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filledIn(value)])),
    });
    holdIds(response.json);
    if (status === undefined) expect(response.status, response.text).toBeLessThan(300);
    else expect(response.status).toBe(status);
    if (answer !== undefined) expect(withoutReasons(shapeOf(response.json))).toEqual(withoutReasons(shapeOf(answer)));
    if (status !== undefined) expect(response.json).toEqual(answer);
  });
});

/** The reason of an item depends on the data, and its parameters depend on the reason. */
function withoutReasons(shape: unknown): unknown {
  return JSON.parse(JSON.stringify(shape, (key, value: unknown) => (key === 'reason' ? 'reason' : value)));
}
