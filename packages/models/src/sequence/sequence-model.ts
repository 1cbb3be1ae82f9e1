import { createSession, exportInference, type NamedTensor, type Session } from '@matinee/numerics/engine';
import type { RetrievalModel, RetrievalQuery } from '../retrieval/retrieval-model.ts';
import { selectTop } from '../retrieval/select-top.ts';
import { strongestSeeds } from '../retrieval/strongest-seeds.ts';
import { parameterArrays } from '../training/parameter-arrays.ts';
import { scoreVectors } from '../training/score-vectors.ts';
import { historyOfRequest, type KnownItems, type TimedHistory, withoutItem } from './sequence-data.ts';
import { ITEM_TABLE, type SequenceNetwork } from './sequence-network.ts';

/** What a sequence model consists of beside its network's shape. */
export interface SequenceParts {
  readonly known: KnownItems;
  /** Parameters by name. */
  readonly values: ReadonlyMap<string, NamedTensor>;
}

/** So many of the newest history items are tried as seeds: each costs one more history in the batch that finds them. */
const MAX_SEED_ITEMS = 8;

/** A request is small: more threads would wait for one another longer than they work. */
const SERVING_SESSION = { threadCount: 1 };

/** A fitted sequence network as a retrieval model. Encoders are compiled when first needed, one a length. */
export function createSequenceModel({
  kind,
  version,
  config,
  network,
  parts: { known, values },
}: {
  readonly kind: string;
  readonly version: number;
  readonly config: object;
  readonly network: SequenceNetwork;
  readonly parts: SequenceParts;
}): RetrievalModel {
  const itemCount = known.numbers.length;
  const table = tensorNamed(values, ITEM_TABLE).data;
  const weights = Object.fromEntries([...values].map(([name, { data }]) => [name, data]));
  const sessions = new Map<string, Promise<Session>>();

  /** One vector a history, [histories.length, width]. */
  const encode = async (histories: readonly TimedHistory[], batchSize: number): Promise<Float32Array> => {
    const longest = Math.max(...histories.map(({ items }) => items.length));
    const { maxLength, encoderLengths } = network;
    const shape = { batchSize, length: encoderLengths.find((length) => length >= longest) ?? maxLength };
    const key = `${shape.batchSize} × ${shape.length}`;
    const session = sessions.get(key) ?? compileEncoder(network, shape);
    sessions.set(key, session);
    const { userVectors } = await (await session).run({ ...weights, ...network.layOut(histories, shape) });
    return userVectors as Float32Array;
  };

  const scoreAll = async (query: RetrievalQuery, scores: Float32Array): Promise<void> => {
    scores.fill(Number.NaN);
    const history = historyOfRequest(query.history, query.asOf, known);
    if (history.items.length === 0) return;
    scoreVectors(await encode([history], 1), table, known.itemIndices, scores);
  };

  return {
    kind,
    itemCount,
    scoreAll,
    async retrieve(query, n, excluded) {
      const scores = new Float32Array(itemCount);
      await scoreAll(query, scores);
      return selectTop(scores, n, excluded);
    },
    /** By what the score loses when an item is taken out of the history; the newest {@link MAX_SEED_ITEMS} are tried. */
    async seeds(query, itemIndex, limit) {
      const history = historyOfRequest(query.history, query.asOf, known);
      const number = known.numbers[itemIndex];
      const candidates = [...new Set(history.items.subarray(-MAX_SEED_ITEMS))];
      if (candidates.length === 0 || number < 0) return [];
      const without = candidates.map((item) => withoutItem(history, item));
      const asked = without.filter(({ items }) => items.length > 0);
      const vectors = await encode([history, ...asked], 1 + MAX_SEED_ITEMS);
      const width = vectors.length / (1 + MAX_SEED_ITEMS);
      const row = table.subarray(number * width, (number + 1) * width);
      const scoreOf = (member: number): number => {
        const vector = vectors.subarray(member * width, (member + 1) * width);
        return row.reduce((sum, value, at) => sum + value * vector[at], 0);
      };
      const contributions = new Map(
        candidates.map((item, at) => {
          const member = asked.indexOf(without[at]);
          // Without its only item a history says nothing: all of the score is the item's.
          const remaining = member < 0 ? 0 : scoreOf(1 + member);
          return [known.itemIndices[item], scoreOf(0) - remaining];
        }),
      );
      return strongestSeeds(contributions, limit);
    },
    vectors: { width: table.length / known.count, itemIndices: known.itemIndices, values: table },
    async encode(query) {
      const history = historyOfRequest(query.history, query.asOf, known);
      return history.items.length === 0 ? undefined : encode([history], 1);
    },
    exports() {
      const { graph, userVectors } = network.buildEncoder({ batchSize: 1, length: network.maxLength });
      return { 'encoder.onnx': exportInference(graph, { userVectors }, values) };
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

function compileEncoder(
  network: SequenceNetwork,
  shape: { readonly batchSize: number; readonly length: number },
): Promise<Session> {
  const { graph, userVectors } = network.buildEncoder(shape);
  return createSession(graph, { userVectors }, SERVING_SESSION);
}

function tensorNamed(values: ReadonlyMap<string, NamedTensor>, name: string): NamedTensor {
  const tensor = values.get(name);
  if (!tensor) throw new Error(`the network has no parameter "${name}"`);
  return tensor;
}
