import { findSourceFamily } from '../families/find-source-family.ts';

/** What a searched field can hold. */
export type Scalar = string | number | boolean;

type Node = Readonly<Record<string, unknown>>;

/**
 * A scalar field of a configuration, by a path with dots. The settings of a generation's source,
 * `sources.<name>.config.<field>`, are those of its family where the configuration leaves them out.
 *
 * @returns `undefined` where there is no such field, or it is no scalar.
 */
export function readField(config: object, path: string): Scalar | undefined {
  const names = path.split('.');
  let node: unknown = config;
  for (const [depth, name] of names.entries()) {
    const before: unknown = node;
    node = childOf(before, name);
    // A source: what its configuration does not name is its family's default.
    if (node === undefined && depth === 3 && names[0] === 'sources' && names[2] === 'config') {
      const source = childOf(childOf(config, 'sources'), names[1]);
      const family = childOf(source, 'family');
      if (typeof family === 'string') node = childOf(findSourceFamily(family).defaults, name);
    }
  }
  return typeof node === 'string' || typeof node === 'number' || typeof node === 'boolean' ? node : undefined;
}

/** A copy of the configuration with these fields set; each must be one that {@link readField} finds. */
export function withFields(config: object, fields: Readonly<Record<string, Scalar>>): Record<string, unknown> {
  let changed: unknown = config;
  for (const [path, value] of Object.entries(fields)) changed = withField(changed, path.split('.'), value);
  return { ...(changed as Node) };
}

function withField(node: unknown, [name, ...rest]: readonly string[], value: Scalar): Node {
  const own = (node ?? {}) as Node;
  return { ...own, [name]: rest.length === 0 ? value : withField(own[name], rest, value) };
}

function childOf(node: unknown, name: string): unknown {
  if (typeof node !== 'object' || node === null || !Object.hasOwn(node, name)) return undefined;
  return (node as Node)[name];
}
