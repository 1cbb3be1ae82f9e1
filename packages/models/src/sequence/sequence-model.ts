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
} from '@matinee/numerics/engine';
import type { FamilyTraits } from '../retrieval/family-traits.ts';
import type { RetrievalModel, RetrievalQuery } from '../retrieval/retrieval-model.ts';
import { selectTop } from '../retrieval/select-top.ts';
import { parameterArrays } from '../training/parameter-arrays.ts';
import { createOmissionContributors } from './omission-contributors.ts';
import { historyOfRequest, type KnownItems, type TimedHistory } from './sequence-data.ts';
import {
  ITEM_TABLE,
  longestEncoded,
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

/** Newest history items tried as contributors. */
const MAX_SEED_ITEMS = 8;

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
  ): Promise<Float32Array> => {
    const longest = Math.max(...histories.map(({ items }) => items.length));
    const { encoderLengths } = network;
    // Batches are rare, and each length of them needs one more encoder in memory.
    const lengths = batchSize === 1 ? encoderLengths : encoderLengths.filter((_, at) => at % 2 === 0);
    const shape = { batchSize, length: lengths.find((length) => length >= longest) ?? longestEncoded(network) };
    const key = `${output} ${shape.batchSize} × ${shape.length}`;
    const session = sessions.get(key) ?? compileEncoder(serving, shape, output, embedded);
    sessions.set(key, session);
    const results = await (await session).run({ [ITEM_TABLE]: table, ...serving.layOut(histories, shape) });
    return results[output] as Float32Array;
  };

  /** One vector a history, [histories.length, width]. */
  const encode = (histories: readonly TimedHistory[], batchSize: number): Promise<Float32Array> =>
    run(histories, batchSize, 'userVectors');

  const contributorsByOmission = createOmissionContributors({ known, maxItems: MAX_SEED_ITEMS, encode });

  const scoreAll = async (query: RetrievalQuery, scores: Float32Array): Promise<void> => {
    scores.fill(Number.NaN);
    const history = historyOfRequest(query.history, query.asOf, known);
    if (history.items.length === 0) return;
    scatter(await run([history], 1, 'scores'), known, scores);
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

/** What an encoder is compiled for: [histories, width], or each history's product with every known item. */
type EncoderOutput = 'userVectors' | 'scores';

function compileEncoder(
  network: Pick<SequenceNetwork, 'buildEncoder'>,
  shape: SequenceBatchShape,
  output: EncoderOutput,
  embedded: ReadonlyMap<string, Float32Array>,
): Promise<Session> {
  const { graph, userVectors } = network.buildEncoder(shape);
  const outputs = output === 'userVectors' ? { userVectors } : { scores: scoresOf(graph, userVectors) };
  return createSession(graph, outputs, SERVING_SESSION, embedded);
}

function scoresOf(graph: Graph, userVectors: Tensor): Tensor {
  const table = graph.parameters.get(ITEM_TABLE);
  if (!table) throw new Error(`the network has no parameter "${ITEM_TABLE}"`);
  return matmul(userVectors, table.tensor, { transposeB: true });
}
