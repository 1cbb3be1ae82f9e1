import {
  createSession,
  encodeSafetensors,
  exportInference,
  type NamedTensor,
  type Session,
} from '@matinee/numerics/engine';
import type { RetrievalModel, RetrievalQuery } from '../retrieval/retrieval-model.ts';
import { selectTop } from '../retrieval/select-top.ts';
import { parameterArrays } from '../training/parameter-arrays.ts';
import { scoreVectors } from '../vectors/score-vectors.ts';
import { findSeedsByOmission } from './omission-seeds.ts';
import { historyOfRequest, type KnownItems, type TimedHistory } from './sequence-data.ts';
import { ITEM_TABLE, type SequenceNetwork } from './sequence-network.ts';

/** What a sequence model consists of beside its network's shape. */
export interface SequenceParts {
  readonly known: KnownItems;
  /** Parameters by name. */
  readonly values: ReadonlyMap<string, NamedTensor>;
}

/** Newest history items tried as seeds. */
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
  const width = table.length / known.count;
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
    async seeds(query, itemIndex, limit) {
      const number = known.numbers[itemIndex];
      if (number < 0) return [];
      const history = historyOfRequest(query.history, query.asOf, known);
      const itemVector = table.subarray(number * width, (number + 1) * width);
      return findSeedsByOmission({ history, itemVector, known, maxItems: MAX_SEED_ITEMS, limit, encode });
    },
    vectors: { width, itemIndices: known.itemIndices, values: table },
    async encode(query) {
      const history = historyOfRequest(query.history, query.asOf, known);
      return history.items.length === 0 ? undefined : encode([history], 1);
    },
    exports() {
      const { graph, userVectors } = network.buildEncoder({ batchSize: 1, length: network.maxLength });
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
