import { CompareQuery, CompareResponse, GenerationName } from '@matinee/contract';
import { genreShares } from '@matinee/models/evaluation';
import { MatineeError } from '@matinee/numerics';
import { type Engine, hydrate, recommendList } from '@matinee/recommender';
import type { App } from '../http/app.ts';
import { type RequestParameters, readRequestParameters } from '../http/requested-rules.ts';
import { roundStages } from '../http/server-timing.ts';
import { afterEvents, countPositiveEvents } from '../lab/histories-without.ts';
import { refuseLimited, requireOpenLab } from '../lab/lab-access.ts';
import { RECOMMEND_CONTEXT } from '../serving/recommend-context.ts';
import type { Snapshot } from '../serving/snapshot.ts';
import { genresOf, toExplanationBody } from './cards.ts';
import { toLabTitle } from './lab-trace-body.ts';
import type { Services } from './services.ts';

const GENERATIONS = GenerationName.anyOf.map((each) => each.const);

/** `GET /api/v1/lab/compare`: the lists of all generations for one user. */
export function addCompareRoute(app: App, { serving, traffic }: Services): void {
  app.get(
    '/api/v1/lab/compare',
    {
      ...traffic.gate.pageHooks,
      schema: {
        operationId: 'compareGenerations',
        summary: 'The lists of all generations for one user, side by side',
        tags: ['lab'],
        querystring: CompareQuery,
        response: { 200: CompareResponse },
      },
    },
    async (request) => {
      const { userIdx, k, after } = request.query;
      const parameters = readRequestParameters(request);
      const { engine, viewers } = serving.current();
      await requireOpenLab(viewers.access, parameters.credentials);
      const { input, profile } = await viewers.stateOf(userIdx, parameters);
      refuseLimited(profile);
      const eventCount = countPositiveEvents(engine, input);
      const counted = Math.min(after ?? eventCount, eventCount);
      const generations: CompareResponse['generations'] = [];
      // One after the other: opening several releases at once would need the memory of all their parts at once.
      for (const generation of GENERATIONS) {
        const isServed = engine.release.generation === generation;
        try {
          const snapshot = await serving.of(generation);
          generations.push({ isServed, ...(await listOf(snapshot, userIdx, parameters, counted, k)) });
        } catch (error) {
          if (!(error instanceof MatineeError) || error.code !== 'GENERATION_NOT_TRAINED') throw error;
          generations.push({ generation, isServed, missing: error.message, stagesMs: {}, items: [], genreShares: {} });
        }
      }
      const changed = afterEvents(engine, input, counted);
      const { history } = hydrate(changed.engine, changed.input).retrieval;
      const { genres, genreCount } = engine.itemSpace;
      return {
        userIdx,
        eventCount,
        after: counted,
        generations,
        historyShares: named(engine, genreShares(history, genres, genreCount)),
      };
    },
  );
}

async function listOf(
  { engine: whole, viewers }: Snapshot,
  userIdx: number,
  parameters: RequestParameters,
  after: number,
  k: number,
): Promise<Omit<CompareResponse['generations'][number], 'isServed'>> {
  const viewer = await viewers.stateOf(userIdx, parameters);
  const { engine, input } = afterEvents(whole, viewer.input, after);
  const { items, trace } = await recommendList(engine, input, k, RECOMMEND_CONTEXT);
  const places = items.map(({ candidate }) => candidate.itemIndex);
  const { genres, genreCount } = engine.itemSpace;
  const listed = {
    itemIndices: Int32Array.from(places),
    timestamps: new Float64Array(places.length),
    weights: new Float32Array(places.length).fill(1),
  };
  return {
    generation: engine.release.generation,
    release: engine.release.version,
    stagesMs: roundStages(trace.stagesMs),
    items: items.map(({ candidate, explanation }) => ({
      ...toLabTitle(engine, candidate.itemIndex),
      genres: genresOf(engine, candidate.itemIndex),
      score: candidate.score,
      why: toExplanationBody(engine, explanation),
    })),
    genreShares: named(engine, genreShares(listed, genres, genreCount)),
  };
}

/** Shares by the name of the genre, without those that are 0; empty without genres. */
function named({ catalogue }: Engine, shares: Float64Array | undefined): Record<string, number> {
  return Object.fromEntries(
    Array.from(shares ?? [], (share, genre) => [catalogue.genreNames[genre] ?? '', share] as const).filter(
      ([, share]) => share > 0,
    ),
  );
}
