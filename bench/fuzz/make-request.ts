import type { Random } from '@matinee/numerics';
import { hostileNumber, hostileText, hostileValue, pick, WORST_VALUES, writeJson } from './hostile-values.ts';
import type { Operation, Parameter, Schema } from './operations.ts';

/** A request that can be sent again as it is. */
export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What earlier answers held, by the name of the field: ids, cursors, secrets. */
export type Known = ReadonlyMap<string, readonly unknown[]>;

/** How far a request is from a valid one. */
type Kind = 'valid' | 'nearly valid' | 'hostile';

/** Length of an address that Node still reads. */
const LONGEST_ADDRESS = 15_000;

/** @param token The operator's token; sent with some requests, and others send a wrong one. */
export function makeRequest(operation: Operation, known: Known, token: string, random: Random): FuzzRequest {
  const kind = pick<Kind>(random, ['valid', 'valid', 'nearly valid', 'hostile', 'hostile']);
  // A nearly valid request differs in one place.
  const places = operation.parameters.length + (operation.body === undefined ? 0 : 1) + 1;
  const oddPlace = kind === 'nearly valid' ? random.integer(places) : -1;
  const isOdd = (place: number): boolean => (kind === 'hostile' ? random.next() < 0.4 : place === oddPlace);
  const context: Context = { known, random, components: operation.components };

  let path = operation.path;
  const query: [string, string][] = [];
  const headers: Record<string, string> = {};
  for (const [place, parameter] of operation.parameters.entries()) {
    const isLeftOut = !isRequired(parameter) && random.next() < 0.6;
    if (isLeftOut && kind !== 'hostile') continue;
    const text = isOdd(place) ? hostileText(random) : textOf(valueFor(parameter.schema, parameter.name, context));
    if (parameter.in === 'path') path = path.replace(`{${parameter.name}}`, encodePart(text, random) || '%20');
    else if (parameter.in === 'query') query.push([parameter.name, text]);
    else headers[parameter.name] = headerText(text);
  }
  if (isOdd(places - 1)) addOddities(query, headers, random);
  addAccess(operation, { headers, known, token, random });
  const body = bodyOf(operation, isOdd(operation.parameters.length), context);
  if (body !== undefined) headers['content-type'] ??= 'application/json';
  return {
    method: operation.method,
    path: path.slice(0, LONGEST_ADDRESS),
    query,
    headers,
    ...(body !== undefined && { body }),
  };
}

/** Returns requests that are valid but for one place: each parameter and field of the body has each of the worst values. */
export function oddRequests(operation: Operation, known: Known, token: string, random: Random): readonly FuzzRequest[] {
  const context: Context = { known, random, components: operation.components };
  const parametersOf = (odd: Parameter | undefined, value: unknown): FuzzRequest => {
    let { path } = operation;
    const query: [string, string][] = [];
    const headers: Record<string, string> = {};
    for (const parameter of operation.parameters) {
      if (parameter !== odd && !isRequired(parameter)) continue;
      const text = textOf(parameter === odd ? value : valueFor(parameter.schema, parameter.name, context));
      if (parameter.in === 'path') path = path.replace(`{${parameter.name}}`, encodeText(text) || '%20');
      else if (parameter.in === 'query') query.push([parameter.name, text]);
      else headers[parameter.name] = headerText(text);
    }
    if (operation.isForOperator) headers['authorization'] = `Bearer ${token}`;
    return { method: operation.method, path, query, headers };
  };
  const body = operation.body === undefined ? undefined : valueFor(operation.body, 'body', context);
  const written = body === undefined ? undefined : writeJson(body);
  const json = { 'content-type': 'application/json' };
  const withJson = (request: FuzzRequest, text: string): FuzzRequest => ({
    ...request,
    headers: { ...request.headers, ...json },
    body: text,
  });
  return WORST_VALUES.flatMap((value) => {
    const ofParameters = operation.parameters.map((parameter) => {
      const request = parametersOf(parameter, typeof value === 'object' ? String(value).slice(0, 2000) : value);
      return written === undefined ? request : withJson(request, written);
    });
    if (operation.body === undefined) return ofParameters;
    const plain = parametersOf(undefined, undefined);
    const fields = fieldsOf(operation.body, operation.components);
    const held = typeof body === 'object' && body !== null ? body : {};
    const ofFields = fields.map((name) => withJson(plain, writeJson({ ...held, [name]: value })));
    return [
      ...ofParameters,
      ...ofFields,
      withJson(plain, writeJson(value)),
      withJson(plain, writeJson({ ...held, odd: value })),
    ];
  });
}

function fieldsOf({ $ref, properties, anyOf = [] }: Schema, components: Context['components']): readonly string[] {
  if ($ref !== undefined) return fieldsOf(components[$ref.split('/').at(-1) ?? ''] ?? {}, components);
  return [...Object.keys(properties ?? {}), ...anyOf.flatMap((each) => fieldsOf(each, components))];
}

export function addressOf({ path, query }: FuzzRequest): string {
  if (query.length === 0) return path;
  const text = query.map(([name, value]) => `${encodeText(name)}=${encodeText(value)}`).join('&');
  return `${path}?${text}`.slice(0, LONGEST_ADDRESS);
}

function isRequired({ in: where, required }: Parameter): boolean {
  return where === 'path' || required === true;
}

function encodeText(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
}

function encodePart(text: string, random: Random): string {
  if (random.next() < 0.9) return encodeText(text);
  // As a client would write it that encodes nothing.
  return text.replaceAll(/[^\x21-\x7e]|[?#\s]/g, '');
}

/** Header values are visible Latin-1 characters; Node's client refuses others. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '').slice(0, 12_000);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function addOddities(query: [string, string][], headers: Record<string, string>, random: Random): void {
  const first = query[0];
  if (first !== undefined && random.next() < 0.4) query.push([first[0], first[1]]);
  if (random.next() < 0.3) query.push([hostileText(random).slice(0, 100), hostileText(random)]);
  const [name, value] = pick(random, [
    ['content-type', 'text/xml'],
    ['content-type', 'application/json; charset=utf-7'],
    ['content-type', `application/json${';'.repeat(2000)}`],
    ['accept', '*/*;q=2, text/html'],
    ['accept-encoding', 'gzip;q=0, br;q=zzz'],
    ['host', 'evil.example'],
    ['origin', 'null'],
    ['cookie', `${'a=b; '.repeat(500)}__proto__=1`],
    ['if-none-match', '"", W/"x", *'],
    ['range', 'bytes=0-0,1-1,-1'],
    ['last-event-id', '9'.repeat(300)],
    ['x-forwarded-for', '1.2.3.4, ::1'],
    ['x-http-method-override', 'DELETE'],
    ['authorization', 'Bearer '],
    ['x-matinee-session', 'x'.repeat(10_000)],
  ] as const);
  headers[name] = value;
}

interface AccessContext {
  readonly headers: Record<string, string>;
  readonly known: Known;
  readonly token: string;
  readonly random: Random;
}

function addAccess({ isForOperator }: Operation, { headers, known, token, random }: AccessContext): void {
  if (isForOperator) headers['authorization'] ??= random.next() < 0.5 ? `Bearer ${token}` : `Bearer ${'x'.repeat(30)}`;
  const sessions = [...(known.get('token') ?? []), ...(known.get('session') ?? []), ...(known.get('secret') ?? [])];
  if (sessions.length > 0 && random.next() < 0.4) headers['x-matinee-session'] ??= String(pick(random, sessions));
  const cookies = known.get('set-cookie') ?? [];
  if (cookies.length > 0 && random.next() < 0.5) headers['cookie'] ??= String(pick(random, cookies));
}

interface Context {
  readonly known: Known;
  readonly random: Random;
  readonly components: Readonly<Record<string, Schema>>;
}

function bodyOf({ method, body }: Operation, isOdd: boolean, context: Context): string | undefined {
  const { random } = context;
  if (body === undefined) return method === 'GET' || random.next() < 0.9 ? undefined : '{}';
  const value = valueFor(body, 'body', context);
  if (!isOdd) return writeJson(value);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const draw = random.integer(8);
  if (isObject && draw < 5) return writeJson(withOddField(value as Record<string, unknown>, random));
  if (isObject && draw === 5) {
    // A field twice, and one that poisons prototypes.
    const text = writeJson(value);
    return `${text.slice(0, -1)}${text === '{}' ? '' : ','}"${pick(random, Object.keys(value).concat('__proto__'))}":{"x":1}}`;
  }
  if (draw === 6)
    return pick(random, ['', '{', 'null', '[]', '"', '\ufeff{}', '{"a":1e999}', '{"a":-0}', '01', '{}'.repeat(50)]);
  return writeJson(hostileValue(random));
}

/** Replaces, adds or leaves out a field, here or in an object inside. */
function withOddField(value: Readonly<Record<string, unknown>>, random: Random): Record<string, unknown> {
  const names = Object.keys(value);
  const name = names.length === 0 ? hostileText(random) : pick(random, names);
  const held = value[name];
  const inner = Array.isArray(held) ? held[0] : held;
  if (typeof inner === 'object' && inner !== null && random.next() < 0.6) {
    const odd = withOddField(inner as Record<string, unknown>, random);
    return { ...value, [name]: Array.isArray(held) ? [odd, ...held.slice(1)] : odd };
  }
  const draw = random.next();
  if (draw < 0.1) return Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
  if (draw < 0.2) return { ...value, [hostileText(random)]: hostileValue(random) };
  return { ...value, [name]: hostileValue(random) };
}

/** Returns a value that the schema allows, one from an earlier answer where the name fits. */
function valueFor(schema: Schema, name: string, context: Context): unknown {
  const { known, random, components } = context;
  if (schema.$ref !== undefined) {
    return valueFor(components[schema.$ref.split('/').at(-1) ?? ''] ?? {}, name, context);
  }
  const held = known.get(nameOf(name)) ?? [];
  if (held.length > 0 && random.next() < 0.8) return pick(random, held);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return pick(random, schema.enum);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return valueFor(pick(random, alternatives), name, context);
  const type = Array.isArray(schema.type) ? pick(random, schema.type) : schema.type;
  switch (type) {
    case 'integer':
    case 'number':
      return numberFor(schema, random, type);
    case 'boolean':
      return random.next() < 0.5;
    case 'null':
      return null;
    case 'array': {
      const { minItems = 0, maxItems = 5, items = {} } = schema;
      const count = Math.min(maxItems, minItems + random.integer(random.next() < 0.05 ? 60 : 4));
      return Array.from({ length: count }, () => valueFor(items, singular(name), context));
    }
    case 'string':
      return textFor(schema, name, random);
    case 'object':
      return objectFor(schema, context);
    default:
      return pick(random, ['text', 3, true, ['a', 'b'], { tags: 'slow' }]);
  }
}

function objectFor({ properties = {}, required = [], patternProperties }: Schema, context: Context): object {
  const { random } = context;
  const fields = Object.entries(properties)
    .filter(([name]) => required.includes(name) || random.next() < 0.4)
    .map(([name, each]) => [name, valueFor(each, name, context)]);
  if (patternProperties !== undefined) fields.push(['runtime', 90], ['tags', 'slow, quiet']);
  return Object.fromEntries(fields);
}

function numberFor({ minimum = 0, maximum = 1_000_000 }: Schema, random: Random, type: string): number {
  if (random.next() < 0.1) return hostileNumber(random);
  const span = Math.min(maximum - minimum, 300);
  const value = minimum + random.next() * span;
  return type === 'integer' ? Math.floor(value) : value;
}

const TEXTS: Readonly<Record<string, readonly string[]>> = {
  filter: ['year >= 1990', 'genre = "Drama" and not original', 'title contains "ba"', 'item.runtime < 100'],
  boost: ['2 if genre = "Comedy"', '0.5 if year < 1980; 3 if original'],
  exclude: ['1,2,3', '0'],
  region: ['US', 'DE'],
  pin: ['1234', '4711'],
  oldPin: ['1234', '4711'],
  posterUrl: ['https://images.example/a.jpg', 'https://other.example:8443/b.png'],
  licenceStart: ['2020-01-01', '2020-01-01T00:00:00Z'],
  licenceEnd: ['2099-12-31'],
  genres: ['Drama', 'Comedy'],
  cursor: ['20', '0'],
  topics: ['feedback', 'release,training'],
};

function textFor({ minLength = 0, maxLength = 100, pattern }: Schema, name: string, random: Random): string {
  const examples = TEXTS[name];
  if (examples !== undefined) return pick(random, examples);
  if (pattern !== undefined) {
    const fitting = ['1', '12', '1234', 'US', 'abcd-1234', '1,2', 'v1'].find((text) => new RegExp(pattern).test(text));
    if (fitting !== undefined) return fitting;
  }
  const text = pick(random, [
    'ba',
    'Story',
    'the new',
    'é',
    '映画',
    `id-${random.integer(1e9)}-${random.integer(1e9)}`,
  ]);
  return text.padEnd(minLength, 'x').slice(0, Math.max(minLength, maxLength));
}

/** `user_idx` and `userIdx` are one name; an array of items holds what a single field holds. */
export function nameOf(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function singular(name: string): string {
  return name === 'genres' ? name : name.replace(/s$/, '');
}
