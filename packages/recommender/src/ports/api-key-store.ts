/**
 * A key of a program that uses the API, as it is stored: what opens is a hash, so the store's content opens nothing.
 */
export interface StoredApiKey {
  /** The part of the key that is no secret, by which it is found. */
  readonly keyId: string;
  /** What people call it; of the keys that are not revoked, each has another name. */
  readonly name: string;
  /** What it may do. */
  readonly scopes: readonly string[];
  /** SHA-256 of the whole key, hex. */
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  /** Milliseconds since 1970; null while it is valid. */
  readonly revokedAtMs: number | null;
}

/** Every implementation runs `testing/api-key-store.contract.ts`. */
export interface ApiKeyStore {
  /** Stores a key durably. Returns false, and stores nothing, where a valid key has its name or any key its id. */
  add(key: Omit<StoredApiKey, 'revokedAtMs'>): Promise<boolean>;
  /** All keys, also revoked ones, oldest first. */
  list(): Promise<readonly StoredApiKey[]>;
  /** Revokes the valid key of that name or id, for good. Returns false where there is none. */
  revoke(nameOrId: string, atMs: number): Promise<boolean>;
  close(): Promise<void>;
}
