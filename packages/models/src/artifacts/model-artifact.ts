/** Arrays that an artefact may hold; stored little-endian. */
export type ArtifactArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** A model as plain values, ready to be written to disk. */
export interface ModelArtifact {
  readonly kind: string;
  /** Raised when the meaning of `config` or `arrays` changes. */
  readonly version: number;
  /** JSON values only. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly arrays: Readonly<Record<string, ArtifactArray>>;
}
