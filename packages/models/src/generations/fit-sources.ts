import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import type { UnweightedSource } from '../blend/fit-blend-weights.ts';
import { findSourceFamily } from '../families/find-source-family.ts';
import type { FitContext, TrainingData } from '../training/fit-context.ts';
import type { GenerationConfig } from './generation-config.ts';
import { runStage, type StageContext } from './stages.ts';

/** The part of the data that sources are fitted on. */
export interface FitSide {
  readonly data: TrainingData;
  /** For progress: "without the latest part". */
  readonly name: string;
  /** Identifies this part of the data among others, for cached stages. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** The same sources, fitted on a part of this data: on all but what `without` says. */
  readonly earlier?: { readonly sources: readonly UnweightedSource[]; readonly without: object };
}

/** Fits every source of a generation, each with a random stream of its own name. */
export async function fitSources(
  { sources }: GenerationConfig,
  side: FitSide,
  context: StageContext,
): Promise<UnweightedSource[]> {
  const fitted: UnweightedSource[] = [];
  for (const [name, source] of Object.entries(sources)) {
    const family = findSourceFamily(source.family);
    const earlier = source.goOn && side.earlier?.sources.find((each) => each.name === name);
    const config = { ...family.defaults, ...source.config, ...(earlier ? source.goOn : {}) };
    const model = await runStage(context, {
      name: `fit ${name} ${side.name}`,
      identity: {
        stage: 'source',
        name,
        family: source.family,
        config,
        side: side.identity,
        ...(earlier ? { goesOnFrom: { config: source.config, without: side.earlier?.without } } : {}),
      },
      ranks: false,
      async compute({ checkpoint }, snapshots) {
        const own: FitContext = {
          ...context,
          random: context.random.fork(name),
          checkpoint,
          ...(snapshots && { snapshots }),
          ...(earlier && {
            warmStart: { artifact: earlier.model.save(), itemIds: side.data.items.vocabulary.ids },
          }),
        };
        return family.fit(side.data, config, own);
      },
      encode: (fittedModel) => encodeArtifact(fittedModel.save()),
      decode: (bytes) => family.load(decodeArtifact(bytes)),
    });
    fitted.push({ name, model });
  }
  return fitted;
}
