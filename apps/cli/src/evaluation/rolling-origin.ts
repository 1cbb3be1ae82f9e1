import type { Dataset } from '@matinee/models/data';
import {
  type OriginLists,
  type PairedDifference,
  pairedDifference,
  poolOrigins,
  type ViewResult,
} from '@matinee/models/evaluation';
import type { Split } from '@matinee/models/splits';
import { MatineeError } from '@matinee/numerics';
import { cutDataset } from '../protocol/cut-dataset.ts';
import { type EvaluateOptions, parseCount } from '../protocol/protocol-options.ts';
import { alignColumns } from '../terminal/align-columns.ts';
import { defaultSpec, type EvaluateContext, evaluateModels } from './evaluate-models.ts';

/** Share of the interactions in the test period of each cut. */
const PERIOD = 0.1;
/** With more cuts, the first would train on less than a third of the data. */
const MOST_ORIGINS = 6;

/** A model at all cuts together, and how it differs from the model above it. */
interface RollingModel extends ViewResult {
  readonly name: string;
  /** NDCG@10 at each cut, earliest first. */
  readonly ndcgByOrigin: readonly number[];
  /** NDCG@10 minus that of the model above; absent for the first. */
  readonly difference?: PairedDifference;
}

export interface RollingOrigin {
  /** Start of each test period, as a share of the interactions in time order. */
  readonly origins: readonly number[];
  readonly models: readonly RollingModel[];
}

/** @throws {MatineeError} `BAD_ARGUMENT` for a count out of range or a protocol other than temporal. */
export function parseOrigins(text: string, { protocol }: Pick<EvaluateOptions, 'protocol'>): number {
  if (protocol !== 'temporal') throw new MatineeError('BAD_ARGUMENT', '--origins belongs to --protocol temporal');
  const count = parseCount('--origins', text, 2);
  if (count <= MOST_ORIGINS) return count;
  throw new MatineeError('BAD_ARGUMENT', `--origins takes 2 to ${MOST_ORIGINS}; got "${text}"`);
}

/**
 * Evaluates models at several cuts in time: at each, they are fitted anew on what came before and tested on the next
 * tenth of the interactions. All queries are measured together, with whole users resampled.
 *
 * @param count Number of cuts, the last one at 0.9.
 * @throws {MatineeError} as `evaluateModels`.
 */
export async function evaluateRolling(
  dataset: Dataset,
  options: EvaluateOptions,
  count: number,
  context: EvaluateContext,
): Promise<RollingOrigin> {
  const origins = Array.from({ length: count }, (_, at) => round(1 - PERIOD * (count - at)));
  const lists = options.models.map((): OriginLists[] => []);
  const ndcg = options.models.map((): number[] => []);
  let recallOver: Split['recallOver'] = 'targets';
  for (const origin of origins) {
    const split = cutDataset(dataset, {
      ...options,
      protocolConfig: {
        ...options.protocolConfig,
        validationQuantile: round(origin - PERIOD),
        testQuantile: origin,
        testUntilQuantile: round(origin + PERIOD),
      },
    });
    recallOver = split.recallOver;
    const specs = options.models.map((name) => defaultSpec(name, split, options));
    const evaluated = await evaluateModels(specs, dataset, split, options, context);
    for (const [at, { rankings, evaluation }] of evaluated.entries()) {
      lists[at]?.push({ rankings, queries: split.test.queries });
      ndcg[at]?.push(evaluation.all.metrics['ndcg@10']?.value ?? Number.NaN);
    }
  }
  const bootstrap = { resampleCount: options.resampleCount, seed: options.resampleSeed };
  const pooled = lists.map((each) => poolOrigins(each, recallOver, bootstrap));
  const models = pooled.map(({ view, bootstrap: own }, at): RollingModel => {
    const above = pooled[at - 1];
    return {
      name: options.models[at] as string,
      ...view,
      ndcgByOrigin: ndcg[at] as number[],
      ...(above && { difference: pairedDifference(own, above.bootstrap, 'ndcg@10') }),
    };
  });
  return { origins, models };
}

/** The models in a table, for a terminal. */
export function describeRolling({ origins, models }: RollingOrigin): string {
  const share = (value: number): string => value.toFixed(4).replace('-', '−');
  const first = models[0];
  return [
    `${origins.length} cuts in time, at ${origins.map((origin) => `${Math.round(100 * origin)} %`).join(', ')} of the interactions; each tests on the next tenth.`,
    `${first?.queryCount ?? 0} queries of ${first?.userCount ?? 0} users. 95 % intervals over users, each with all queries.`,
    '',
    ...alignColumns(
      [
        ['model', 'NDCG@10', 'recall@50', 'NDCG@10 against the row above', 'NDCG@10 at each cut'],
        ...models.map(({ name, metrics, difference, ndcgByOrigin }) => {
          const [ndcg, recall] = [metrics['ndcg@10'], metrics['recall@50']];
          return [
            name,
            ndcg ? `${share(ndcg.value)} [${share(ndcg.low)}, ${share(ndcg.high)}]` : '–',
            recall ? share(recall.value) : '–',
            difference ? `${share(difference.value)} [${share(difference.low)}, ${share(difference.high)}]` : '',
            ndcgByOrigin.map(share).join(' '),
          ];
        }),
      ],
      ['model'],
    ),
  ].join('\n');
}

/** Without the last bits of sums of tenths, so that equal cuts have equal names. */
function round(share: number): number {
  return Math.round(share * 1e6) / 1e6;
}
