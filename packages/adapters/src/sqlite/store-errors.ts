import { setTimeout as wait } from 'node:timers/promises';
import { MatineeError } from '@matinee/numerics';

/** How often and how long a statement is tried again while another process holds the write lock. */
const RETRY_EVERY_MS = 20;
const LONGEST_BUSY_MS = 5000;

/** Codes of a store that may work again: a full disk, a lock, a file system that fails. */
const UNAVAILABLE = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|NOMEM|PROTOCOL)/;
/** Codes of a file that has to be replaced. */
const DAMAGED = /^SQLITE_(CORRUPT|NOTADB)/;

type Method = (...parameters: never[]) => Promise<unknown>;

/**
 * Returns the store with every method guarded: while another process holds the write lock, a call waits without
 * blocking the others, and an error of SQLite becomes one that names the file and what to do.
 *
 * @throws {MatineeError} from the methods: `STORE_UNAVAILABLE`, `STORE_DAMAGED`.
 */
export function guardStore<Store extends object>(store: Store, file: string): Store {
  const guarded = Object.entries(store).map(([name, method]) => [name, guard(method as Method, file)]);
  return Object.fromEntries(guarded) as Store;
}

function guard(method: Method, file: string): Method {
  return async (...parameters) => {
    const giveUpAt = performance.now() + LONGEST_BUSY_MS;
    for (;;) {
      try {
        return await method(...parameters);
      } catch (error) {
        // A statement that finds the file locked has changed nothing.
        if (!isLocked(error) || performance.now() > giveUpAt) throw toStoreError(error, file);
        await wait(RETRY_EVERY_MS);
      }
    }
  };
}

function isLocked(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));
}

/** Converts an error of SQLite; any other error is returned as it is. */
export function toStoreError(error: unknown, file: string): unknown {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (DAMAGED.test(code)) {
    return new MatineeError(
      'STORE_DAMAGED',
      `the event store ${file} is damaged (${message}); restore it from a backup, or move it away and begin a new one`,
      { cause: error },
    );
  }
  if (!UNAVAILABLE.test(code)) return error;
  const reason = isLocked(error) ? 'another process holds its lock' : `${message}; is the disk full or read-only?`;
  return new MatineeError('STORE_UNAVAILABLE', `the event store ${file} cannot be used now: ${reason}`, {
    cause: error,
  });
}

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | undefined)?.code ?? '');
}
