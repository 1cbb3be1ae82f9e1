export { type LockKind, tryLock } from './file-lock.ts';
export { openSqliteStores, type SqliteStores } from './open-stores.ts';
export { openStoresInWorker } from './open-stores-in-worker.ts';
