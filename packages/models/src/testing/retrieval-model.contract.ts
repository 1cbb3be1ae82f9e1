import { defined } from '@matinee/numerics';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeArtifact, encodeArtifact } from '../artifacts/artifact-bytes.ts';
import type { ModelArtifact } from '../artifacts/model-artifact.ts';
import { retrieveWithScores } from '../blend/collect-candidates.ts';
import { type Catalogue, ITEM_CONTENT, type ItemContent } from '../data/dataset.ts';
import { growCatalogue } from '../data/grow-catalogue.ts';
import { EMPTY_HISTORY } from '../data/interactions.ts';
import { growModel } from '../retrieval/grow-model.ts';
import type { RetrievalFamily, RetrievalModel, RetrievalQuery, ScoredItems } from '../retrieval/retrieval-model.ts';
import { selectTop } from '../retrieval/select-top.ts';
import {
  checkerboard,
  historyOf,
  itemsOfUser,
  missingItemOf,
  quietContext,
  randomHistory,
  randomWorld,
  UNMET_ITEM,
  worldOf,
} from './tiny-worlds.ts';

export interface RetrievalFamilyTraits<Config extends object> {
  /** Name for `describe`; default: the family's kind. */
  readonly name?: string;
  /** Overrides of the family's defaults. */
  readonly config?: Config;
  /** Whether results depend on the history. */
  readonly isPersonal: boolean;
  /** Whether a user without a history gets results. */
  readonly answersEmptyHistory: boolean;
  /** Whether items of the history are scored like any other. Only whole generations leave them out. */
  readonly scoresHistory: boolean;
  /** Whether cold items have a score, from their content. Default: none has. */
  readonly scoresUnmetItems?: boolean;
  /** Whether a contributor's value is the loss of score without it. */
  readonly contributorsByOmission?: boolean;
  /** Whether the order of the history matters: the next item in the checkerboard world is then certain. */
  readonly readsOrder?: boolean;
  /** A fit takes a large part of a second, so properties run on fewer worlds. */
  readonly isSlow?: boolean;
  /** Invalid settings, one field each. */
  readonly badConfigs: readonly Readonly<Record<string, unknown>>[];
}

/** In the checkerboard world item 11 is always followed by the first one of its colour. */
const SUCCESSOR_OF_11 = 1;

/** Items without anybody's interest: in the catalogue of the training, and added to it later. */
const SIZES = [
  [0, 0],
  [3000, 0],
  [0, 3000],
] as const;

const bareItems = (prefix: string, count: number): readonly { readonly id: string }[] =>
  Array.from({ length: count }, (_, at) => ({ id: `${prefix} ${at}` }));

/** Tests the behaviour of every retrieval family on worlds with known right answers. */
export function describeRetrievalFamily<Config extends object>(
  family: RetrievalFamily<Config>,
  traits: RetrievalFamilyTraits<Config>,
): void {
  const config = traits.config ?? family.defaults;
  const runs = (count: number): number => (traits.isSlow ? Math.ceil(count / 8) : count);
  const fit = (data = checkerboard): Promise<RetrievalModel> => family.fit(data, config, quietContext());
  const queryOf = (items: readonly number[], weights?: readonly number[]): RetrievalQuery => ({
    history: historyOf(items, weights),
    asOf: 3_000_000,
    userIndex: -1,
  });
  const excluding = (items: readonly number[], itemCount: number): Uint8Array => {
    const excluded = new Uint8Array(itemCount);
    for (const item of items) excluded[item] = 1;
    return excluded;
  };

  describe(`${traits.name ?? family.kind}: retrieval contract`, () => {
    let model: RetrievalModel;
    beforeAll(async () => {
      model = await fit();
    });

    it('names its family and its number of items', () => {
      expect(model.kind).toBe(family.kind);
      // A variant of a family has a search space of its own; its models are the family's.
      const { searchSpace } = model.traits;
      expect({ ...family.traits, searchSpace }).toEqual(model.traits);
      expect(model.itemCount).toBe(checkerboard.items.vocabulary.ids.length);
    });

    if (traits.isPersonal) {
      it('finds the one item that a checkerboard user has left out', async () => {
        for (const user of [0, 1, 2, 5, 10, 13, 23]) {
          const items = itemsOfUser(user);
          const query = { ...queryOf(items), userIndex: user };
          const { itemIndices } = await model.retrieve(query, 1, excluding(items, model.itemCount));
          expect([...itemIndices]).toEqual([missingItemOf(user)]);
        }
      });

      it('gives a stranger the answer that their history deserves', async () => {
        const items = [3, 7, 9, 11];
        const { itemIndices } = await model.retrieve(queryOf(items), 2, excluding(items, model.itemCount));
        if (traits.readsOrder) expect(itemIndices[0]).toBe(SUCCESSOR_OF_11);
        else expect([...itemIndices].sort((a, b) => a - b)).toEqual([1, 5]);
      });

      it('ranks the like of a disliked item below the like of a liked one', async () => {
        const scores = new Float32Array(model.itemCount);
        await model.scoreAll(queryOf([1, 0, 2], [-1, 1, 1]), scores);
        if (traits.readsOrder) {
          // A disliked item does not affect the result.
          const liked = new Float32Array(model.itemCount);
          await model.scoreAll(queryOf([0, 2]), liked);
          expect(scores).toEqual(liked);
          return;
        }
        const of = (item: number): number => (Number.isNaN(scores[item]) ? Number.NEGATIVE_INFINITY : scores[item]);
        for (const odd of [3, 5, 7]) for (const even of [4, 6, 8]) expect(of(odd)).toBeLessThan(of(even));
      });
    }

    it(traits.answersEmptyHistory ? 'answers an empty history' : 'has nothing for an empty history', async () => {
      const query = { history: EMPTY_HISTORY, asOf: 0, userIndex: -1 };
      expect((await model.retrieve(query, 5)).itemIndices.length).toBe(traits.answersEmptyHistory ? 5 : 0);
    });

    it('returns nothing when everything is excluded, or n is 0', async () => {
      const everything = new Uint8Array(model.itemCount).fill(1);
      expect((await model.retrieve(queryOf([0, 2]), 5, everything)).itemIndices.length).toBe(0);
      expect((await model.retrieve(queryOf([0, 2]), 0)).itemIndices.length).toBe(0);
    });

    it(`has ${traits.scoresUnmetItems ? 'a' : 'no'} score for an item that nobody has met`, async () => {
      const scores = new Float32Array(model.itemCount);
      await model.scoreAll(queryOf([0, 2]), scores);
      expect(Number.isNaN(scores[UNMET_ITEM])).toBe(traits.scoresUnmetItems !== true);
    });

    it('gives identical bytes for identical data, configuration and seed', async () => {
      expect(encodeArtifact((await fit()).save())).toEqual(encodeArtifact(model.save()));
    });

    it('answers the same after being saved and loaded, and saves the same bytes again', async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(1e6), async (seed) => {
          const fitted = await fit(randomWorld(seed));
          const bytes = encodeArtifact(fitted.save());
          const loaded = await family.load(decodeArtifact(bytes));
          const query = { history: randomHistory(seed, fitted.itemCount), asOf: 2_000_000, userIndex: 0 };
          expect(await loaded.retrieve(query, 10)).toEqual(await fitted.retrieve(query, 10));
          expect(await loaded.contributors(query, 0, 5)).toEqual(await fitted.contributors(query, 0, 5));
          expect(encodeArtifact(loaded.save())).toEqual(bytes);
        }),
        { numRuns: runs(15) },
      );
    });

    it('retrieves distinct items, best first, ties by lower index, none excluded, none without a score', async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(1e6), fc.nat(40), async (seed, n) => {
          const fitted = await fit(randomWorld(seed));
          const history = randomHistory(seed, fitted.itemCount);
          const excluded = Uint8Array.from({ length: fitted.itemCount }, (_, item) =>
            (seed >> (item % 16)) & 1 ? 1 : 0,
          );
          const list = await fitted.retrieve({ history, asOf: 2_000_000, userIndex: -1 }, n, excluded);
          expect(list.itemIndices.length).toBeLessThanOrEqual(Math.min(n, fitted.itemCount));
          expect(list.scores.length).toBe(list.itemIndices.length);
          expect(new Set(list.itemIndices).size).toBe(list.itemIndices.length);
          expect([...list.itemIndices].filter((item) => excluded[item] !== 0)).toEqual([]);
          expect([...list.scores].every(Number.isFinite)).toBe(true);
          expectSorted(list);
        }),
        { numRuns: runs(40) },
      );
    });

    it('retrieves exactly the items that it scores', async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(1e6), async (seed) => {
          const fitted = await fit(randomWorld(seed));
          const query = { history: randomHistory(seed, fitted.itemCount), asOf: 2_000_000, userIndex: 1 };
          const scores = new Float32Array(fitted.itemCount).fill(42);
          await fitted.scoreAll(query, scores);
          const all = await fitted.retrieve(query, fitted.itemCount);
          const scored = [...scores.keys()].filter((item) => !Number.isNaN(scores[item]));
          expect([...all.itemIndices].sort((a, b) => a - b)).toEqual(scored);
          expect([...all.scores]).toEqual([...all.itemIndices].map((item) => scores[item]));
        }),
        { numRuns: runs(25) },
      );
    });

    it('finds and scores in one go what it finds and scores apart, in a catalogue of any size', async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(1e6), fc.nat(20), fc.constantFrom(...SIZES), async (seed, n, [unmet, added]) => {
          const world = randomWorld(seed);
          const met = world.items.vocabulary.ids.length;
          const items = growCatalogue(world.items, bareItems('unmet', unmet));
          const fitted = await growModel(
            await fit({ ...world, items }),
            growCatalogue(items, bareItems('added', added)),
          );
          const query = { history: randomHistory(seed, met), asOf: 2_000_000, userIndex: -1 };
          const other = { history: randomHistory(seed + 1, met), asOf: 2_000_000, userIndex: -1 };
          // The places that a whole generation's scores are made of move up where an item is left out.
          const excluded = excluding(traits.scoresHistory ? [seed % met] : [], fitted.itemCount);
          const { items: found, writeScores } = await retrieveWithScores(fitted, query, n, excluded);
          await retrieveWithScores(fitted, other, n, excluded);
          const scores = new Float32Array(fitted.itemCount);
          await fitted.scoreAll(query, scores);
          const written = new Float32Array(fitted.itemCount);
          writeScores(Int32Array.from(written.keys()), written);
          expect(written).toEqual(scores);
          expect(found).toEqual(selectTop(scores, n, excluded));
          expect(found).toEqual(await fitted.retrieve(query, n, excluded));
        }),
        { numRuns: runs(25) },
      );
    });

    it(
      traits.scoresHistory ? 'scores items of the history like any other' : 'leaves out items of the history',
      async () => {
        const scores = new Float32Array(model.itemCount);
        await model.scoreAll(queryOf([0, 2, 4]), scores);
        expect(Number.isNaN(scores[2])).toBe(!traits.scoresHistory);
      },
    );

    it('gives equal results for equal queries, and does not modify its arguments', async () => {
      const query = queryOf([0, 2, 2], [1, -1, 0.5]);
      const excluded = excluding([4], model.itemCount);
      const first = await model.retrieve(query, 5, excluded);
      await model.retrieve(queryOf([1, 3]), 5);
      expect(await model.retrieve(query, 5, excluded)).toEqual(first);
      expect(query.history).toEqual(historyOf([0, 2, 2], [1, -1, 0.5]));
      expect(excluded).toEqual(excluding([4], model.itemCount));
    });

    it('answers concurrent queries as if each were the only one', async () => {
      const queries = [queryOf([0, 2]), queryOf([1, 3, 5]), queryOf([4], [-1]), queryOf([])];
      const masks = queries.map((_, index) => excluding([index, index + 6], model.itemCount));
      const alone: unknown[] = [];
      for (const [index, query] of queries.entries()) {
        alone.push([await model.retrieve(query, 5, masks[index]), await model.contributors(query, 7, 3)]);
      }
      const together = queries.map((query, index) =>
        Promise.all([model.retrieve(query, 5, masks[index]), model.contributors(query, 7, 3)]),
      );
      expect(await Promise.all(together)).toEqual(alone);
    });

    it('does not keep the query: the caller may reuse it afterwards', async () => {
      const query = queryOf([0, 2, 4]);
      const excluded = excluding([6], model.itemCount);
      const first = await model.retrieve(query, 5, excluded);
      const answer = { itemIndices: first.itemIndices.slice(), scores: first.scores.slice() };
      excluded.fill(1);
      query.history.itemIndices.fill(1);
      query.history.weights.fill(-1);
      expect(first).toEqual(answer);
      expect(await model.retrieve(queryOf([0, 2, 4]), 5, excluding([6], model.itemCount))).toEqual(answer);
    });

    it('says over a grown catalogue what it said before, and of new titles what their content tells', async () => {
      const one = growCatalogue(checkerboard.items, [{ id: 'new', genres: ['Drama'] }, { id: 'bare' }]);
      const two = growCatalogue(one, [{ id: 'later', genres: ['Unheard Of', 'Comedy'] }]);
      const once = await growModel(model, one);
      for (const [grown, items] of [
        [once, one],
        [await growModel(once, two), two],
      ] as const) {
        const itemCount = items.vocabulary.ids.length;
        expect(grown).toMatchObject({ kind: model.kind, itemCount });
        for (const history of [[0, 2, 4], [1, 3], []]) {
          const before = new Float32Array(model.itemCount);
          await model.scoreAll(queryOf(history), before);
          const scores = new Float32Array(itemCount).fill(42);
          await grown.scoreAll(queryOf(history), scores);
          expect(scores.subarray(0, model.itemCount)).toEqual(before);
          const isScored = Array.from(scores.subarray(model.itemCount), (score) => !Number.isNaN(score));
          const tells = [true, false, true].slice(0, isScored.length);
          expect(isScored).toEqual(tells.map((each) => each && traits.scoresUnmetItems === true && history.length > 0));
          const excluded = excluding([0, model.itemCount], itemCount);
          const list = await grown.retrieve(queryOf(history), itemCount, excluded);
          expect([...list.itemIndices].filter((item) => excluded[item] !== 0)).toEqual([]);
          const all = await grown.retrieve(queryOf(history), itemCount);
          expect([...all.scores]).toEqual([...all.itemIndices].map((item) => scores[item]));
        }
      }
    });

    it('is not put out by a history with a title that came after it was fitted', async () => {
      const items = growCatalogue(checkerboard.items, [{ id: 'new', genres: ['Drama'] }]);
      const grown = await growModel(model, items);
      const query = queryOf([0, model.itemCount, 2]);
      const { itemIndices, scores } = await grown.retrieve(query, 5);
      expect(itemIndices.length).toBeGreaterThan(0);
      expect([...scores].every(Number.isFinite)).toBe(true);
      for (const item of [itemIndices[0], model.itemCount]) {
        for (const seed of await grown.contributors(query, item, 5))
          expect(query.history.itemIndices).toContain(seed.itemIndex);
        grown.evidence?.(query, item);
      }
    });

    it('survives a history of nothing but dislikes', async () => {
      const list = await model.retrieve(queryOf([0, 2, 4], [-1, -1, -0.5]), model.itemCount);
      expect([...list.scores].every(Number.isFinite)).toBe(true);
    });

    it('names as seeds only items of the history, the strongest first', async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(1e6), async (seed) => {
          const fitted = await fit(randomWorld(seed));
          const query = { history: randomHistory(seed, fitted.itemCount), asOf: 2_000_000, userIndex: -1 };
          for (const itemIndex of (await fitted.retrieve(query, 5)).itemIndices) {
            const contributors = await fitted.contributors(query, itemIndex, 3);
            expect(contributors.length).toBeLessThanOrEqual(3);
            expect(new Set(contributors.map((each) => each.itemIndex)).size).toBe(contributors.length);
            for (const [position, each] of contributors.entries()) {
              expect(query.history.itemIndices).toContain(each.itemIndex);
              expect(each.contribution).toBeGreaterThan(0);
              if (position > 0) expect(each.contribution).toBeLessThanOrEqual(contributors[position - 1].contribution);
            }
          }
        }),
        { numRuns: runs(15) },
      );
    });

    if (traits.contributorsByOmission) {
      it('names as a seed’s contribution what the score loses without the item', async () => {
        const whole = queryOf([3, 7, 9, 11]);
        const scoreFor = async (query: RetrievalQuery): Promise<number> => {
          const scores = new Float32Array(model.itemCount);
          await model.scoreAll(query, scores);
          return scores[SUCCESSOR_OF_11];
        };
        const contributors = await model.contributors(whole, SUCCESSOR_OF_11, 10);
        expect(contributors.length).toBeGreaterThan(0);
        for (const { itemIndex, contribution } of contributors) {
          const { itemIndices, timestamps, weights } = whole.history;
          const isKept = (_: number, at: number): boolean => itemIndices[at] !== itemIndex;
          const history = {
            itemIndices: itemIndices.filter(isKept),
            timestamps: timestamps.filter(isKept),
            weights: weights.filter(isKept),
          };
          expect((await scoreFor(whole)) - (await scoreFor({ ...whole, history }))).toBeCloseTo(contribution, 3);
        }
      });
    }

    it('learns from events alone, and goes on when an item table comes or goes', async () => {
      const items = { ...checkerboard.items, titles: checkerboard.items.titles.map(() => undefined), genreNames: [] };
      const bare = { ...checkerboard, items: { ...items, genres: items.genres.map(() => new Int32Array(0)) } };
      let earlier: ModelArtifact | undefined;
      for (const data of [bare, bare, checkerboard, bare]) {
        const warmStart = earlier && { artifact: earlier, itemIds: data.items.vocabulary.ids };
        const fitted = await family.fit(data, config, { ...quietContext(), ...defined({ warmStart }) });
        const { itemIndices, scores } = await fitted.retrieve(queryOf([0, 2]), 5);
        expect(itemIndices.length).toBe(scores.length);
        expect(scores.every(Number.isFinite)).toBe(true);
        earlier = fitted.save();
      }
    });

    const nothingSpeaksForAnItem = family.traits.fitsCatalogueAlone
      ? 'fits a catalogue alone, and finds nothing in it'
      : 'throws EMPTY_INTERACTIONS when nothing speaks for any item';
    it(nothingSpeaksForAnItem, async () => {
      const shape = { userCount: 2, genresOfItems: [['Drama'], ['Drama']] };
      for (const events of [[], [{ user: 0, item: 1, weight: -1 }]]) {
        if (family.traits.fitsCatalogueAlone) {
          const fitted = await family.fit(worldOf(events, shape), config, quietContext());
          const loaded = await family.load(decodeArtifact(encodeArtifact(fitted.save())));
          for (const each of [fitted, loaded]) {
            expect((await each.retrieve(queryOf([0]), 2)).itemIndices).toHaveLength(0);
            expect((await each.retrieve(queryOf([]), 2)).itemIndices).toHaveLength(0);
          }
          continue;
        }
        await expect(family.fit(worldOf(events, shape), config, quietContext())).rejects.toMatchObject({
          code: 'EMPTY_INTERACTIONS',
        });
      }
    });

    it('learns nothing of the item table but what its traits declare', async () => {
      const { items } = checkerboard;
      const others: Readonly<Record<ItemContent, Catalogue>> = {
        genres: { ...items, genres: items.genres.map((_, item) => items.genres.at(item - 1) as Int32Array) },
        years: { ...items, years: items.years.map((year) => year + 10) },
        titles: { ...items, titles: items.titles.map((title) => `Another ${title}`) },
        tags: { ...items, attributes: items.attributes.map(() => ({ tags: 'quiet|slow' })) },
      };
      const bytesOf = async (of: Catalogue): Promise<Uint8Array> =>
        encodeArtifact((await family.fit({ ...checkerboard, items: of }, config, quietContext())).save());
      const bytes = await bytesOf(items);
      for (const content of ITEM_CONTENT) {
        if (family.traits.readsOfItems?.includes(content)) continue;
        expect(Buffer.compare(await bytesOf(others[content]), bytes), content).toBe(0);
      }
    });

    it('throws BAD_CONFIG naming the field that is unknown or out of range', async () => {
      for (const bad of [{ nonsense: 1 }, ...traits.badConfigs]) {
        const [field] = Object.keys(bad);
        await expect(family.fit(checkerboard, { ...config, ...bad }, quietContext())).rejects.toMatchObject({
          code: 'BAD_CONFIG',
          message: expect.stringContaining(field),
        });
      }
    });

    it('throws BAD_ARTIFACT for another kind, another version or a missing part', async () => {
      const saved = model.save();
      const [firstArray] = Object.keys(saved.arrays);
      const { [firstArray]: _, ...otherArrays } = saved.arrays;
      const broken = [
        { ...saved, kind: 'something-else' },
        { ...saved, version: saved.version + 1 },
        { ...saved, arrays: otherArrays },
      ];
      for (const artifact of broken) {
        await expect(family.load(artifact)).rejects.toMatchObject({ code: 'BAD_ARTIFACT' });
      }
    });
  });
}

function expectSorted({ itemIndices, scores }: ScoredItems): void {
  for (let position = 1; position < scores.length; position++) {
    const isInOrder =
      scores[position - 1] > scores[position] ||
      (scores[position - 1] === scores[position] && itemIndices[position - 1] < itemIndices[position]);
    expect(isInOrder).toBe(true);
  }
}
