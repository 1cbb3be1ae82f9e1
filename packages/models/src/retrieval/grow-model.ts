import type { Pause } from '@matinee/numerics';
import type { Catalogue } from '../data/dataset.ts';
import type { ItemIndex } from '../data/indices.ts';
import type { History } from '../data/interactions.ts';
import { rememberLatest } from './remember-latest.ts';
import type { RetrievalModel, RetrievalQuery, ScoredRetrieval } from './retrieval-model.ts';

/**
 * Returns the same model over a catalogue that has grown at its end while the model is served. Scores of earlier items
 * stay as they were. A family that reads content also scores new items; every other one gives them no score and ignores
 * them in histories.
 *
 * @param items Begins with the catalogue that the model was fitted on.
 * @param pause Called between steps of a few milliseconds, so that a server can answer meanwhile.
 */
export function growModel(model: RetrievalModel, items: Catalogue, pause?: Pause): Promise<RetrievalModel> {
  if (model.itemCount === items.vocabulary.ids.length) return Promise.resolve(model);
  return model.grow?.(items, pause) ?? Promise.resolve(passOver(model, items.vocabulary.ids.length));
}

function passOver(model: RetrievalModel, itemCount: number): RetrievalModel {
  const { itemCount: known, evidence, encode, retrieveAndScore } = model;
  const within = rememberLatest((query: RetrievalQuery): RetrievalQuery => withinKnown(query, known));
  return {
    ...model,
    itemCount,
    async scoreAll(query, scores) {
      await model.scoreAll(within(query), scores.subarray(0, known));
      scores.fill(Number.NaN, known);
    },
    retrieve: (query, n, excluded) => model.retrieve(within(query), n, excluded?.subarray(0, known)),
    ...(retrieveAndScore && {
      async retrieveAndScore(query: RetrievalQuery, n: number, excluded?: Uint8Array) {
        const found = await retrieveAndScore(within(query), n, excluded?.subarray(0, known));
        return { ...found, writeScores: scoreKnown(found, known) };
      },
    }),
    contributors: async (query, itemIndex, limit) =>
      itemIndex < known ? model.contributors(within(query), itemIndex, limit) : [],
    ...(evidence && {
      evidence: (query: RetrievalQuery, itemIndex: ItemIndex) =>
        itemIndex < known ? evidence(within(query), itemIndex) : {},
    }),
    ...(encode && { encode: (query: RetrievalQuery) => encode(within(query)) }),
    // From the model itself, or every new item would add a wrapper.
    grow: (larger, pause) => growModel(model, larger, pause),
  };
}

/** Scores the items that the model knows, and no others. */
function scoreKnown({ writeScores }: ScoredRetrieval, known: number): ScoredRetrieval['writeScores'] {
  return (itemIndices, scores) => {
    if (itemIndices.every((item) => item < known)) {
      writeScores(itemIndices, scores);
      return;
    }
    const places = Array.from(itemIndices.keys()).filter((place) => itemIndices[place] < known);
    const ofKnown = new Float32Array(places.length);
    writeScores(
      Int32Array.from(places, (place) => itemIndices[place]),
      ofKnown,
    );
    scores.fill(Number.NaN);
    for (let at = 0; at < places.length; at++) scores[places[at]] = ofKnown[at];
  };
}

/** The query itself where its history has known items only: models remember what they computed by query. */
function withinKnown(query: RetrievalQuery, known: number): RetrievalQuery {
  const { history } = query;
  if (history.itemIndices.every((item) => item < known)) return query;
  const isKept = (_: number, position: number): boolean => history.itemIndices[position] < known;
  const kept: History = {
    itemIndices: history.itemIndices.filter(isKept),
    timestamps: history.timestamps.filter(isKept),
    weights: history.weights.filter(isKept),
    ...(history.ratings && { ratings: history.ratings.filter(isKept) }),
  };
  return { ...query, history: kept };
}
