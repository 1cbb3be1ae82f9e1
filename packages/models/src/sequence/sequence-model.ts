import { defined } from '@matinee/numerics';
import {
  createSession,
  encodeSafetensors,
  exportInference,
  type NamedTensor,
  SERVING_SESSION,
  type Session,
  type TensorData,
} from '@matinee/numerics/engine';
import type { FamilyTraits } from '../retrieval/family-traits.ts';
import {
  NOTHING_RETRIEVED,
  type RetrievalModel,
  type RetrievalQuery,
  type ScoredRetrieval,
} from '../retrieval/retrieval-model.ts';
import { parameterArrays } from '../training/parameter-arrays.ts';
import { createTableScorer } from '../vectors/score-table.ts';
import { scatter, scoresByItem, selectKnown } from './known-scores.ts';
import { createOmissionContributors, encodeOmissions } from './omission-contributors.ts';
import { rememberHistories } from './remember-histories.ts';
import { type EncodedHistory, resumeOmissions } from './resume-omissions.ts';
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

  const newest = longestEncoded(network);
  const encodeOne = rememberHistories(newest, async (history): Promise<EncodedHistory> => {
    const { userVectors, earlierStates } = (await run([history], 1, 'states')) as Record<string, Float32Array>;
    return { history, userVectors, ...defined({ earlierStates }) };
  });
  const encodedOf = async ({ history, asOf }: RetrievalQuery): Promise<EncodedHistory | undefined> => {
    const ofRequest = historyOfRequest(history, asOf, known);
    return ofRequest.items.length === 0 ? undefined : encodeOne(ofRequest);
  };
  /** A score for each known item. */
  const scoreKnown = createTableScorer(table, width);

  const omit = network.buildResumed
    ? resumeOmissions({ build: network.buildResumed, layOut: network.layOut, table, embedded, encode: encodeOne })
    : encodeOmissions({ maxItems: RESUMED_ITEMS, encode });
  // Without an item that occurs at every other place, as many earlier items come into reach.
  const contributorsByOmission = createOmissionContributors(known, rememberHistories(2 * newest + 2, omit));

  const retrieveAndScore = async (
    query: RetrievalQuery,
    n: number,
    excluded?: Uint8Array,
  ): Promise<ScoredRetrieval> => {
    const encoded = await encodedOf(query);
    if (encoded === undefined) return NOTHING_RETRIEVED;
    const scores = await scoreKnown(encoded.userVectors);
    return { items: selectKnown(scores, known, n, excluded), writeScores: scoresByItem(scores, known) };
  };

  return {
    kind,
    traits,
    itemCount,
    async scoreAll(query, scores) {
      scores.fill(Number.NaN);
      const encoded = await encodedOf(query);
      if (encoded !== undefined) scatter(await scoreKnown(encoded.userVectors), known, scores);
    },
    retrieve: async (query, n, excluded) => (await retrieveAndScore(query, n, excluded)).items,
    retrieveAndScore,
    async contributors(query, itemIndex, limit) {
      const number = known.numbers[itemIndex];
      if (number < 0) return [];
      return contributorsByOmission(query, table.subarray(number * width, (number + 1) * width), limit);
    },
    vectors: { width, itemIndices: known.itemIndices, values: table },
    async encode(query) {
      return (await encodedOf(query))?.userVectors.slice();
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

type ExportedInputs = Readonly<Record<string, Int32Array | Float32Array>>;

/** What an encoder is compiled for: [histories, width], or that and what goes on from the states of one history. */
type EncoderOutput = 'userVectors' | 'states';

function compileEncoder(
  network: Pick<SequenceNetwork, 'buildEncoder'>,
  shape: SequenceBatchShape,
  output: EncoderOutput,
  embedded: ReadonlyMap<string, Float32Array>,
): Promise<Session> {
  const { graph, userVectors, earlierStates } = network.buildEncoder(shape);
  const outputs = output === 'userVectors' ? { userVectors } : { userVectors, ...defined({ earlierStates }) };
  return createSession(graph, outputs, SERVING_SESSION, embedded);
}
