import { MatineeError } from '@matinee/numerics';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { Value } from 'typebox/value';

/**
 * Validates requests against the contract. Query strings and path parameters are text, so numbers and booleans are
 * parsed strictly; a JSON body has its own types and is not converted. An unknown field is an error, because it is
 * usually a misspelt one.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const compiled = Compile(schema);
  return (value: unknown) => {
    const read = httpPart === 'body' ? value : readParameters(schema, value);
    const completed = Value.Default(schema, read);
    if (compiled.Check(completed)) return { value: completed };
    const errors = compiled.Errors(completed);
    // For an unknown field the first error only says that it has no schema.
    const telling = errors.find(({ keyword }) => keyword === 'additionalProperties') ?? errors[0];
    const allowed = telling === undefined ? [] : allowedValues(errors, telling.instancePath);
    return { error: new MatineeError('BAD_REQUEST', describe(httpPart ?? 'request', telling, completed, allowed)) };
  };
};

const PART_NAMES: Readonly<Record<string, string>> = { querystring: 'query', params: 'path', body: 'body' };

const SECRET_FIELDS: ReadonlySet<string> = new Set(['pin', 'oldPin']);

/** Parses text as a number or boolean where the schema has one. Other text stays and fails the validation. */
function readParameters(schema: TSchema, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const properties = (schema as { properties?: Record<string, { type?: string }> }).properties ?? {};
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => [
      name,
      readText(Object.hasOwn(properties, name) ? properties[name]?.type : undefined, text),
    ]),
  );
}

function readText(type: string | undefined, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  if ((type === 'integer' || type === 'number') && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === 'number' && /^-?\d{1,15}\.\d{1,15}$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === '1')) return true;
  if (type === 'boolean' && (text === 'false' || text === '0')) return false;
  return text;
}

/** Returns the values of a choice: it has one error for each of them. */
function allowedValues(errors: readonly TLocalizedValidationError[], instancePath: string): readonly string[] {
  return errors
    .filter((error) => error.keyword === 'const' && error.instancePath === instancePath)
    .map(({ params }) => JSON.stringify((params as { allowedValue: unknown }).allowedValue));
}

/** Returns one sentence with the field, what it must be and what it is. */
function describe(
  httpPart: string,
  error: TLocalizedValidationError | undefined,
  value: unknown,
  allowed: readonly string[],
): string {
  const part = PART_NAMES[httpPart] ?? httpPart;
  if (error === undefined) return `${part}: not valid`;
  const path = error.instancePath.slice(1).replaceAll('/', '.');
  const unknown = (error.params as { additionalProperties?: readonly string[] }).additionalProperties?.[0];
  if (unknown !== undefined) return `${part}: no field "${cut(unknown)}" is known here`;
  const missing = (error.params as { requiredProperties?: readonly string[] }).requiredProperties?.[0];
  if (missing !== undefined) return `${part}: "${path === '' ? missing : `${cut(path)}.${missing}`}" is missing`;
  const field = path === '' ? part : `${part}: "${cut(path)}"`;
  // Secrets are not repeated, because responses end up in consoles and reports.
  if (SECRET_FIELDS.has(path)) return `${field} ${error.message}`;
  const wanted = allowed.length > 1 ? `must be one of ${allowed.join(', ')}` : error.message;
  return `${field} ${wanted}; got ${nameShortly(valueAt(value, path), httpPart)}`;
}

/** Returns a value in at most some 60 characters, whatever its size: only texts and numbers are written out. */
function nameShortly(value: unknown, httpPart: string): string {
  if (typeof value === 'string') return cut(JSON.stringify(value.slice(0, LONGEST_SHOWN)));
  if (Array.isArray(value)) {
    // A parameter that is given twice.
    const isShort = httpPart === 'querystring' && value.length <= 3;
    return isShort ? cut(`[${value.map((each) => nameShortly(each, '')).join(',')}]`) : `an array of ${value.length}`;
  }
  if (typeof value === 'object' && value !== null) return `an object with ${Object.keys(value).length} fields`;
  return String(value);
}

function valueAt(value: unknown, path: string): unknown {
  if (path === '') return value;
  return path.split('.').reduce<unknown>((held, key) => (held as Record<string, unknown> | undefined)?.[key], value);
}

const LONGEST_SHOWN = 60;

/** Shortens text from a request to at most 61 characters. */
function cut(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
