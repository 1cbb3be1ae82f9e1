import { defined } from '@matinee/numerics';
import {
  createSession,
  encodeSafetensors,
  exportInference,
  type Graph,
  matmul,
  type NamedTensor,
  SERVING_SESSION,
  type Session,
  type Tensor,
  type TensorData,
} from '@matinee/numerics/engine';
import type { FamilyTraits } from '../retrieval/family-traits.ts';
import { rememberLatest } from '../retrieval/remember-latest.ts';
import type { RetrievalModel, RetrievalQuery } from '../retrieval/retrieval-model.ts';
import { selectTop } from '../retrieval/select-top.ts';
import { parameterArrays } from '../training/parameter-arrays.ts';
import { createOmissionContributors, encodeOmissions } from './omission-contributors.ts';
import { resumeOmissions, type ScoredHistory } from './resume-omissions.ts';
import { historyOfRequest, type KnownItems, type TimedHistory } from './sequence-data.ts';
import {
  ITEM_TABLE,
  longestEncoded,
  RESUMED_ITEMS,
  type SequenceBatchShape,
  type SequenceNetwork,
  tensorNamed,
} from './sequence-network.ts';

/** What a sequence model consists of beside its network's shape. */
export interface SequenceParts {
  readonly known: KnownItems;
  /** Parameters by name. */
  readonly values: ReadonlyMap<string, NamedTensor>;
}

/** A fitted sequence network as a retrieval model. Encoders are compiled when first needed, one a length. */
export function createSequenceModel({
  kind,
  traits,
  version,
  config,
  network,
  parts: { known, values },
}: {
  readonly kind: string;
  readonly traits: FamilyTraits;
  readonly version: number;
  readonly config: object;
  readonly network: SequenceNetwork;
  readonly parts: SequenceParts;
}): RetrievalModel {
  const itemCount = known.numbers.length;
  const table = tensorNamed(values, ITEM_TABLE).data;
  const width = table.length / known.count;
  // The table is large and shared by all encoders; every other weight is compiled into each.
  const embedded = new Map([...values].flatMap(([name, { data }]) => (name === ITEM_TABLE ? [] : [[name, data]])));
  const serving = network.serve?.(values) ?? network;
  const sessions = new Map<string, Promise<Session>>();

  const run = async (
    histories: readonly TimedHistory[],
    batchSize: number,
    output: EncoderOutput,
  ): Promise<Record<string, TensorData>> => {
    const longest = Math.max(...histories.map(({ items }) => items.length));
    const { encoderLengths } = network;
    // Batches are rare, and each length of them needs one more encoder in memory.
    const lengths = batchSize === 1 ? encoderLengths : encoderLengths.filter((_, at) => at % 2 === 0);
    const shape = { batchSize, length: lengths.find((length) => length >= longest) ?? longestEncoded(network) };
    const key = `${output} ${shape.batchSize} × ${shape.length}`;
    const session = sessions.get(key) ?? compileEncoder(serving, shape, output, embedded);
    sessions.set(key, session);
    return (await session).run({ [ITEM_TABLE]: table, ...serving.layOut(histories, shape) });
  };

  /** One vector a history, [histories.length, width]. */
  const encode = async (histories: readonly TimedHistory[], batchSize: number): Promise<Float32Array> =>
    (await run(histories, batchSize, 'userVectors'))['userVectors'] as Float32Array;

  /** Of the last few queries: a reason goes on from where the scores ended. */
  const score = rememberLatest(async (query: RetrievalQuery): Promise<ScoredHistory | undefined> => {
    const history = historyOfRequest(query.history, query.asOf, known);
    if (history.items.length === 0) return undefined;
    const outputs = (await run([history], 1, 'scores')) as Record<string, Float32Array>;
    const { scores, userVectors, earlierStates } = outputs;
    return { history, scores, userVectors, ...defined({ earlierStates }) };
  });

  const contributorsByOmission = createOmissionContributors(
    known,
    network.buildResumed
      ? resumeOmissions({ build: network.buildResumed, layOut: network.layOut, table, embedded, score })
      : encodeOmissions({ known, maxItems: RESUMED_ITEMS, encode }),
  );

  const scoreAll = async (query: RetrievalQuery, scores: Float32Array): Promise<void> => {
    scores.fill(Number.NaN);
    const scored = await score(query);
    if (scored !== undefined) scatter(scored.scores, known, scores);
  };

  return {
    kind,
    traits,
    itemCount,
    scoreAll,
    async retrieve(query, n, excluded) {
      const scores = new Float32Array(itemCount);
      await scoreAll(query, scores);
      return selectTop(scores, n, excluded);
    },
    async contributors(query, itemIndex, limit) {
      const number = known.numbers[itemIndex];
      if (number < 0) return [];
      return contributorsByOmission(query, table.subarray(number * width, (number + 1) * width), limit);
    },
    vectors: { width, itemIndices: known.itemIndices, values: table },
    async encode(query) {
      const history = historyOfRequest(query.history, query.asOf, known);
      return history.items.length === 0 ? undefined : encode([history], 1);
    },
    exportedInputs(query) {
      const history = historyOfRequest(query.history, query.asOf, known);
      if (history.items.length === 0) return undefined;
      return network.layOut([history], { batchSize: 1, length: longestEncoded(network) }) as ExportedInputs;
    },
    exports() {
      const { graph, userVectors } = network.buildEncoder({ batchSize: 1, length: longestEncoded(network) });
      const tensors = new Map([['items', { shape: [known.count, width], data: table }]]);
      return {
        'encoder.onnx': exportInference(graph, { userVectors }, values),
        // Row r belongs to the catalogue's item itemIndices[r], as the encoder's item numbers do.
        'item-vectors.safetensors': encodeSafetensors({
          tensors,
          metadata: { itemIndices: Array.from(known.itemIndices).join() },
        }),
      };
    },
    save: () => ({
      kind,
      version,
      config: { ...config },
      arrays: {
        itemIndices: known.itemIndices,
        itemCount: Int32Array.of(itemCount),
        ...parameterArrays(values),
      },
    }),
  };
}

/**
 * From the items that a network knows to the catalogue's. A function of its own, since V8 leaves loops of asynchronous
 * ones slow.
 */
function scatter(ofKnown: Float32Array, { itemIndices }: KnownItems, scores: Float32Array): void {
  for (let row = 0; row < ofKnown.length; row++) scores[itemIndices[row]] = ofKnown[row];
}

type ExportedInputs = Readonly<Record<string, Int32Array | Float32Array>>;

/** What an encoder is compiled for: [histories, width], or each history's product with every known item. */
type EncoderOutput = 'userVectors' | 'scores';

function compileEncoder(
  network: Pick<SequenceNetwork, 'buildEncoder'>,
  shape: SequenceBatchShape,
  output: EncoderOutput,
  embedded: ReadonlyMap<string, Float32Array>,
): Promise<Session> {
  const { graph, userVectors, earlierStates } = network.buildEncoder(shape);
  const outputs =
    output === 'userVectors'
      ? { userVectors }
      : { scores: scoresOf(graph, userVectors), userVectors, ...defined({ earlierStates }) };
  return createSession(graph, outputs, SERVING_SESSION, embedded);
}

function scoresOf(graph: Graph, userVectors: Tensor): Tensor {
  const table = graph.parameters.get(ITEM_TABLE);
  if (!table) throw new Error(`the network has no parameter "${ITEM_TABLE}"`);
  return matmul(userVectors, table.tensor, { transposeB: true });
}
