export { openSqliteStores, type SqliteStores } from './open-stores.ts';
