import { MatineeError, type Pause } from '@matinee/numerics';
import {
  createSession,
  encodeSafetensors,
  exportInference,
  type NamedTensor,
  SERVING_SESSION,
  type Session,
  type SessionOptions,
} from '@matinee/numerics/engine';
import type { Catalogue } from '../data/dataset.ts';
import type { FamilyTraits } from '../retrieval/family-traits.ts';
import {
  NOTHING_RETRIEVED,
  type RetrievalModel,
  type RetrievalQuery,
  type ScoredRetrieval,
} from '../retrieval/retrieval-model.ts';
import { selectTop, takeScores } from '../retrieval/select-top.ts';
import { createOmissionContributors, encodeOmissions } from '../sequence/omission-contributors.ts';
import { rememberHistories } from '../sequence/remember-histories.ts';
import { historyOfRequest, type KnownItems, numberItems, type TimedHistory } from '../sequence/sequence-data.ts';
import { parameterArrays } from '../training/parameter-arrays.ts';
import { createTableScorer } from '../vectors/score-table.ts';
import { descriptionOf, type ItemDescription, MAX_TOKENS, numberTokens, type TokenTable } from './content-features.ts';
import { layOutHistories } from './examples.ts';
import { buildItemTower, buildUserTower, ID_TABLE, type TwoTowerSize } from './two-tower-network.ts';

/** What a two-tower model consists of. */
export interface TwoTowerParts {
  readonly kind: string;
  readonly traits: FamilyTraits;
  readonly version: number;
  readonly config: object;
  readonly size: TwoTowerSize;
  readonly known: KnownItems;
  readonly values: ReadonlyMap<string, NamedTensor>;
  /** [catalogue, width]; NaN for an item of which nothing at all is known. */
  readonly vectors: Float32Array;
  /** The content tokens that the item tower knows. */
  readonly vocabulary: readonly string[];
}

/** A fitted two-tower model. */
export interface TwoTowerModel extends RetrievalModel {
  /**
   * Vectors of items that training did not know, from content alone, [descriptions.length, width]: a new item can be
   * inserted into an index the minute it arrives. NaN where no token of a description is known.
   */
  vectorsOfNewItems(descriptions: readonly ItemDescription[], pause?: Pause): Promise<Float32Array>;
}

/** Newest history items tried as contributors. */
const MAX_SEED_ITEMS = 16;
/** The towers as they are, and vectors of the new items behind those that are there. */
async function growTwoTower(
  parts: TwoTowerParts,
  items: Catalogue,
  vectorsOfNewItems: TwoTowerModel['vectorsOfNewItems'],
  pause?: Pause,
): Promise<TwoTowerModel> {
  const itemCount = parts.known.numbers.length;
  const added = Array.from({ length: items.vocabulary.ids.length - itemCount }, (_, at) =>
    descriptionOf(items, itemCount + at),
  );
  const vectors = new Float32Array(items.vocabulary.ids.length * parts.size.embeddingDim);
  vectors.set(parts.vectors);
  vectors.set(await vectorsOfNewItems(added, pause), parts.vectors.length);
  return createTwoTowerModel({
    ...parts,
    known: numberItems(parts.known.itemIndices, items.vocabulary.ids.length),
    vectors,
  });
}

/** A fitted pair of towers as a retrieval model. */
export function createTwoTowerModel(parts: TwoTowerParts): TwoTowerModel {
  const { kind, traits, version, config, size, known, values, vectors, vocabulary } = parts;
  const itemCount = known.numbers.length;
  const width = size.embeddingDim;
  const everyItem = Int32Array.from({ length: itemCount }, (_, item) => item);
  // The table is large and shared by all encoders; every other weight of the tower is compiled into each.
  const idTable = values.get(ID_TABLE)?.data as Float32Array;
  const embedded = new Map([...values].flatMap(([name, { data }]) => (name === ID_TABLE ? [] : [[name, data]])));
  const encoders = new Map<number, Promise<Session>>();

  const encode = async (histories: readonly TimedHistory[], batchSize: number): Promise<Float32Array> => {
    const session = encoders.get(batchSize) ?? compileEncoder(size, batchSize, embedded);
    encoders.set(batchSize, session);
    const feeds = layOutHistories(histories, batchSize, size.historyLength);
    return (await (await session).run({ [ID_TABLE]: idTable, ...feeds }))['users'] as Float32Array;
  };

  const encodeOne = rememberHistories(size.historyLength, (history) => encode([history], 1));
  const encodedOf = async ({ history, asOf }: RetrievalQuery): Promise<Float32Array | undefined> => {
    const ofRequest = historyOfRequest(history, asOf, known);
    return ofRequest.items.length === 0 ? undefined : encodeOne(ofRequest);
  };
  const scoreItems = createTableScorer(vectors, width);

  const contributorsByOmission = createOmissionContributors(
    known,
    // Without an item that occurs at every other place, as many earlier items come into reach.
    rememberHistories(2 * size.historyLength + 2, encodeOmissions({ maxItems: MAX_SEED_ITEMS, encode })),
  );

  const retrieveAndScore = async (
    query: RetrievalQuery,
    n: number,
    excluded?: Uint8Array,
  ): Promise<ScoredRetrieval> => {
    const encoded = await encodedOf(query);
    if (encoded === undefined) return NOTHING_RETRIEVED;
    const scores = await scoreItems(encoded);
    return {
      items: selectTop(scores, n, excluded),
      writeScores: (itemIndices, into) => takeScores(scores, itemIndices, into),
    };
  };

  const vectorsOfNewItems = (descriptions: readonly ItemDescription[], pause?: Pause): Promise<Float32Array> => {
    const tokens = numberTokens(descriptions, vocabulary);
    const rows = Int32Array.from(descriptions.keys());
    const unknown = new Int32Array(descriptions.length).fill(-1);
    return encodeRows({
      size,
      values,
      table: tokens,
      rows,
      numbers: unknown,
      options: SERVING_SESSION,
      rowsPerRun: NEW_ITEMS_PER_RUN,
      ...(pause && { pause }),
    });
  };

  return {
    kind,
    traits,
    itemCount,
    async scoreAll(query, scores) {
      const encoded = await encodedOf(query);
      if (encoded === undefined) scores.fill(Number.NaN);
      else scores.set(await scoreItems(encoded));
    },
    retrieve: async (query, n, excluded) => (await retrieveAndScore(query, n, excluded)).items,
    retrieveAndScore,
    async contributors(query, itemIndex, limit) {
      const itemVector = vectors.subarray(itemIndex * width, (itemIndex + 1) * width);
      if (Number.isNaN(itemVector[0])) return [];
      return contributorsByOmission(query, itemVector, limit);
    },
    vectors: { width, itemIndices: everyItem, values: vectors },
    async encode(query) {
      return (await encodedOf(query))?.slice();
    },
    vectorsOfNewItems,
    grow: (items, pause) => growTwoTower(parts, items, vectorsOfNewItems, pause),
    exportedInputs(query) {
      const history = historyOfRequest(query.history, query.asOf, known);
      if (history.items.length === 0) return undefined;
      return layOutHistories([history], 1, size.historyLength) as Readonly<Record<string, Int32Array | Float32Array>>;
    },
    exports() {
      const { graph, users } = buildUserTower(size, 1);
      const tensors = new Map([['items', { shape: [itemCount, width], data: vectors }]]);
      return {
        'user-tower.onnx': exportInference(graph, { users }, values),
        'item-vectors.safetensors': encodeSafetensors({ tensors, metadata: {} }),
      };
    },
    save: () => ({
      kind,
      version,
      config: { ...config, vocabulary },
      arrays: {
        itemCount: Int32Array.of(itemCount),
        itemIndices: known.itemIndices,
        vectors,
        ...parameterArrays(values),
      },
    }),
  };
}

/**
 * The item tower over a whole catalogue.
 *
 * @returns [catalogue, width]; NaN for items without interactions and without a token.
 */
export function encodeItemVectors(
  size: TwoTowerSize,
  values: ReadonlyMap<string, NamedTensor>,
  known: KnownItems,
  tokens: TokenTable,
  session: SessionOptions,
): Promise<Float32Array> {
  const rows = Int32Array.from(known.numbers.keys());
  return encodeRows({
    size,
    values,
    table: tokens,
    rows,
    numbers: known.numbers,
    options: session,
    rowsPerRun: ITEMS_PER_RUN,
  });
}

/** Items a run: bounds memory for any catalogue. */
const ITEMS_PER_RUN = 2048;
/** A run on the serving thread takes a few milliseconds at most. */
const NEW_ITEMS_PER_RUN = 64;

interface RowsToEncode {
  readonly size: TwoTowerSize;
  readonly values: ReadonlyMap<string, NamedTensor>;
  readonly table: TokenTable;
  readonly rows: Int32Array;
  /** Of each row the item's number in the id table, −1 = none. */
  readonly numbers: Int32Array;
  readonly options: SessionOptions;
  readonly rowsPerRun: number;
  readonly pause?: Pause;
}

async function encodeRows({
  size,
  values,
  table,
  rows,
  numbers,
  options,
  rowsPerRun,
  pause,
}: RowsToEncode): Promise<Float32Array> {
  const width = size.embeddingDim;
  const vectors = new Float32Array(rows.length * width);
  if (rows.length === 0) return vectors;
  const count = Math.min(rowsPerRun, rows.length);
  const { graph, items } = buildItemTower(size, count);
  const session = await createSession(graph, { items }, options);
  const weights = Object.fromEntries([...values].map(([name, { data }]) => [name, data]));
  for (let first = 0; first < rows.length; first += count) {
    const members = Array.from({ length: count }, (_, place) => Math.min(rows.length - 1, first + place));
    const cut = <T extends Int32Array | Float32Array>(from: T, into: T): T => {
      members.forEach((row, place) => {
        into.set(from.subarray(row * MAX_TOKENS, (row + 1) * MAX_TOKENS), place * MAX_TOKENS);
      });
      return into;
    };
    const result = await session.run({
      ...weights,
      ids: Int32Array.from(members, (row) => Math.max(0, numbers[row])),
      idShown: Float32Array.from(members, (row) => (numbers[row] < 0 ? 0 : 1)),
      tokens: cut(table.tokens, new Int32Array(count * MAX_TOKENS)),
      tokenWeights: cut(table.weights, new Float32Array(count * MAX_TOKENS)),
    });
    const kept = Math.min(count, rows.length - first);
    vectors.set((result['items'] as Float32Array).subarray(0, kept * width), first * width);
    await pause?.();
  }
  await session.release();
  for (const row of rows) {
    if (numbers[row] < 0 && table.weights[row * MAX_TOKENS] === 0)
      vectors.fill(Number.NaN, row * width, (row + 1) * width);
  }
  return vectors;
}

/** @throws {MatineeError} `BAD_ARTIFACT` */
export function tokensOfArtifact(vocabulary: unknown): readonly string[] {
  if (Array.isArray(vocabulary) && vocabulary.every((token) => typeof token === 'string')) return vocabulary;
  throw new MatineeError(
    'BAD_ARTIFACT',
    'two-tower: the vocabulary of content tokens is damaged; train the model again',
  );
}

function compileEncoder(
  size: TwoTowerSize,
  batchSize: number,
  embedded: ReadonlyMap<string, Float32Array>,
): Promise<Session> {
  const { graph, users } = buildUserTower(size, batchSize);
  return createSession(graph, { users }, SERVING_SESSION, embedded);
}
