import { MatineeError } from '@matinee/numerics';
import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import type { UnweightedSource } from '../blend/fit-blend-weights.ts';
import { findSourceFamily } from '../families/find-source-family.ts';
import type { RetrievalModel } from '../retrieval/retrieval-model.ts';
import type { FitContext, TrainingData } from '../training/fit-context.ts';
import type { GenerationConfig } from './generation-config.ts';
import type { LeftOutPart } from './left-out.ts';
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

export interface FittedSources {
  /** In the order of the configuration; may be empty. */
  readonly sources: readonly UnweightedSource[];
  /** The sources that cannot be fitted on this data. */
  readonly leftOut: readonly LeftOutPart[];
}

/** What a family throws when the data is not what it needs. Any other error ends the training. */
const UNMET_NEEDS: readonly string[] = ['EMPTY_INTERACTIONS', 'TOO_MANY_ITEMS'];
const NOT_FITTED = 'not-fitted';

/** Fits every source of a generation that this data allows, each with a random stream of its own name. */
export async function fitSources(
  { sources }: Pick<GenerationConfig, 'sources'>,
  side: FitSide,
  context: StageContext,
): Promise<FittedSources> {
  const fitted: UnweightedSource[] = [];
  const leftOut: LeftOutPart[] = [];
  for (const [name, source] of Object.entries(sources)) {
    const family = findSourceFamily(source.family);
    const earlier = source.goOn && side.earlier?.sources.find((each) => each.name === name);
    const config = { ...family.defaults, ...source.config, ...(earlier ? source.goOn : {}) };
    const result = await runStage<RetrievalModel | UnmetNeed>(context, {
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
      async compute({ checkpoint, summary }, snapshots) {
        const own: FitContext = {
          ...context,
          random: context.random.fork(name),
          checkpoint,
          ...(snapshots && { snapshots }),
          ...(earlier && {
            warmStart: { artifact: earlier.model.save(), itemIds: side.data.items.vocabulary.ids },
          }),
        };
        try {
          return await family.fit(side.data, config, own);
        } catch (error) {
          if (!(error instanceof MatineeError && UNMET_NEEDS.includes(error.code))) throw error;
          summary(`left out: ${error.message}`);
          return { unmetNeed: error.message };
        }
      },
      encode: (result) => encodeArtifact(isUnmet(result) ? artifactOf(result) : result.save()),
      async decode(bytes) {
        const artifact = decodeArtifact(bytes);
        if (artifact.kind !== NOT_FITTED) return family.load(artifact);
        return { unmetNeed: String(artifact.config['reason']) };
      },
    });
    if (isUnmet(result)) leftOut.push({ part: name, cause: 'data', reason: result.unmetNeed });
    else fitted.push({ name, model: result });
  }
  return { sources: fitted, leftOut };
}

/** What a source needs of the data and does not find. */
interface UnmetNeed {
  readonly unmetNeed: string;
}

function isUnmet(result: RetrievalModel | UnmetNeed): result is UnmetNeed {
  return 'unmetNeed' in result;
}

function artifactOf({ unmetNeed }: UnmetNeed) {
  return { kind: NOT_FITTED, version: 1, config: { reason: unmetNeed }, arrays: {} };
}

/**
 * Requires that at least one source could be fitted.
 *
 * @throws {MatineeError} `EMPTY_INTERACTIONS` with what the sources need.
 */
export function requireSource(generation: string, { sources, leftOut }: FittedSources): void {
  if (sources.length > 0) return;
  const reasons = [...new Set(leftOut.map(({ reason }) => reason))].join('; ');
  throw new MatineeError('EMPTY_INTERACTIONS', `${generation}: no source can be fitted on this data: ${reasons}`);
}
