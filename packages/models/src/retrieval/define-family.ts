import type { TSchema } from 'typebox';
import { requireArtifact } from '../artifacts/artifact-fields.ts';
import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import { parseConfig } from '../config/parse-config.ts';
import type { FitContext, TrainingData } from '../training/fit-context.ts';
import { requirePositiveInteractions } from './check-training-data.ts';
import type { FamilyTraits } from './family-traits.ts';
import type { RetrievalFamily, RetrievalModel } from './retrieval-model.ts';

/** What a family consists of. `fit` and `load` receive a complete, checked configuration. */
export interface FamilyDefinition<Config extends object, Model extends RetrievalModel = RetrievalModel> {
  readonly kind: string;
  /** Raised when the meaning of an artefact's configuration or arrays changes. */
  readonly version: number;
  /** Of a `Config`: closed, every field with its range. */
  readonly schema: TSchema;
  readonly defaults: Config;
  readonly traits: FamilyTraits;
  /** Checks what the schema cannot express. Throws `BAD_CONFIG`, naming the field. */
  check?(config: Config): void;
  /** The configuration within a saved one. Absent: the saved one is the configuration. */
  configOfArtifact?(saved: ModelArtifact['config']): object;
  /** `data` has at least one positive interaction, unless the family fits a catalogue alone. */
  fit(data: TrainingData, config: Config, context: FitContext): Promise<Model>;
  /** The artefact is of this kind and version. */
  load(artifact: ModelArtifact, config: Config): Promise<Model>;
}

/** A source family, which can be defined again with other defaults. */
export interface SourceFamily<Config extends object> extends RetrievalFamily<Config> {
  /**
   * The same family with other defaults, and with what to search from there. Its models save and load as this family's.
   */
  variant(defaults: Partial<Config>, searchSpace: FamilyTraits['searchSpace']): SourceFamily<Config>;
}

/** Makes a retrieval family that parses its configuration in one place. */
export function defineFamily<Config extends object>(definition: FamilyDefinition<Config>): SourceFamily<Config> {
  const { kind, version, schema, defaults, traits } = definition;
  const complete = (overrides: object): Config => {
    const config = parseConfig(kind, schema, defaults, overrides) as Config;
    definition.check?.(config);
    return config;
  };
  return {
    kind,
    defaults,
    traits,
    async fit(data, overrides, context) {
      const config = complete(overrides);
      if (traits.fitsCatalogueAlone !== true) requirePositiveInteractions(kind, data);
      return definition.fit(data, config, context);
    },
    async load(artifact) {
      requireArtifact(artifact, kind, version);
      const saved = definition.configOfArtifact?.(artifact.config) ?? artifact.config;
      return definition.load(artifact, complete(saved));
    },
    variant: (changed, searchSpace) =>
      defineFamily({
        ...definition,
        defaults: { ...defaults, ...changed },
        traits: { ...traits, searchSpace },
      }),
  };
}
