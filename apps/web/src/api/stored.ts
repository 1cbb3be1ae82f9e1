import { basePath } from './base-path.ts';

/** Another server on this host, below another path, has a store of its own. */
const nameOf = (key: string): string => (basePath === '' ? key : `${key}@${basePath}`);

/** Access to localStorage that never throws, even if it is blocked, full, or holds data of an older version. */
export function readStored<T>(key: string): T | undefined {
  try {
    const text = localStorage.getItem(nameOf(key));
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    localStorage.setItem(nameOf(key), JSON.stringify(value));
  } catch {
    // Without storage, the value lasts for this visit only.
  }
}
