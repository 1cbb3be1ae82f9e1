/**
 * Returns a saved configuration with the current field names. Older artefacts and releases call `requestTime` `clock`,
 * with `request` for `used` and `last-event` for `hidden`, also inside the sources of a generation.
 */
export function withCurrentNames<Config extends object>(saved: Config): Config {
  return renamed(saved) as Config;
}

const REQUEST_TIME: Readonly<Record<string, string>> = { request: 'used', 'last-event': 'hidden' };

function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) =>
      name === 'clock' && typeof field === 'string'
        ? ['requestTime', REQUEST_TIME[field] ?? field]
        : [name, renamed(field)],
    ),
  );
}
