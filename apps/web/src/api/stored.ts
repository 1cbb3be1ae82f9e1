import { basePath } from './base-path.ts';
import { createValueStore } from './value-store.ts';

/** Another server on this host, below another path, has a store of its own. */
const OWN = basePath === '' ? '' : `@${basePath}`;
/** The name of something that all tabs share. */
export const sharedName = (name: string): string => name + OWN;

/** Access to localStorage that never throws, even if it is blocked, full, or holds data of an older version. */
export function readStored<T>(key: string, storage: () => Storage = () => localStorage): T | undefined {
  try {
    const text = storage().getItem(sharedName(key));
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

/** Returns whether the value is stored. Without storage, it lasts for this visit only. */
export function writeStored(key: string, value: unknown, storage: () => Storage = () => localStorage): boolean {
  try {
    storage().setItem(sharedName(key), JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function removeStored(key: string): void {
  try {
    localStorage.removeItem(sharedName(key));
  } catch {
    // Blocked storage holds nothing.
  }
}

/** Returns the stored keys that begin with `prefix`, in no order. */
export function storedKeys(prefix: string): readonly string[] {
  try {
    return Object.keys(localStorage)
      .filter((name) => name.startsWith(prefix) && name.endsWith(OWN))
      .map((name) => name.slice(0, name.length - OWN.length))
      .filter((key) => OWN !== '' || !key.includes('@/'));
  } catch {
    return [];
  }
}

/** Calls the listener with the key that another tab has changed; with null when it has cleared everything. */
export function onStoredElsewhere(listener: (key: string | null) => void): void {
  window.addEventListener('storage', ({ key, storageArea }) => {
    if (storageArea !== localStorage || !(key ?? OWN).endsWith(OWN)) return;
    listener(key === null ? null : key.slice(0, key.length - OWN.length));
  });
}

/** One stored value that all tabs share: a change in one is read by the others at once. */
export function createStoredValue<T>(key: string, initial: T) {
  const read = (): T => readStored<T>(key) ?? initial;
  const store = createValueStore(read());
  onStoredElsewhere((changed) => {
    if (changed === key || changed === null) store.set(read());
  });
  return {
    get: store.get,
    subscribe: store.subscribe,
    /** Reads the stored value again, for a decision that must not miss what another tab has just done. */
    reread(): T {
      store.set(read());
      return store.get();
    },
    /** Sets the value that `change` makes of the one that is stored now, whichever tab stored it. */
    update(change: (stored: T) => T): void {
      const next = change(read());
      writeStored(key, next);
      store.set(next);
    },
  };
}
