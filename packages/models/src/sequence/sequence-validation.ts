import {
  createEvaluation,
  type Evaluation,
  type ParameterState,
  type SessionOptions,
  viewParameter,
} from '@matinee/numerics/engine';
import { createRowProduct, type ProductKernel } from '@matinee/numerics/linear-algebra';
import { ndcgOfRank, rankOfTarget } from '../training/held-out-rank.ts';
import type { HeldOutQuery } from './sequence-data.ts';
import { ITEM_TABLE, type SequenceNetwork } from './sequence-network.ts';

const BATCH_SIZE = 64;

/** Measures a network in training on held-out queries. */
export interface SequenceValidation {
  /** Mean NDCG@10 with the parameters as they are now: every known item ranked, the history's left out. */
  readonly ndcg: () => Promise<number>;
  release(): Promise<void>;
}

/**
 * Compiles a validation; `undefined` without a held-out query.
 *
 * @remarks One forward pass a query, and batch · items scores at a time.
 */
export async function createSequenceValidation(
  network: SequenceNetwork,
  queries: readonly HeldOutQuery[],
  state: ParameterState,
  session: SessionOptions,
): Promise<SequenceValidation | undefined> {
  if (queries.length === 0) return undefined;
  const kernel = await createRowProduct(session);
  const batches: { readonly encoder: Evaluation; readonly length: number; readonly members: HeldOutQuery[] }[] = [];
  const encoders: Evaluation[] = [];
  for (const [index, length] of network.encoderLengths.entries()) {
    const shortest = network.encoderLengths[index - 1] ?? 0;
    const isLast = index + 1 === network.encoderLengths.length;
    const members = queries.filter(
      ({ history }) => history.items.length > shortest && (isLast || history.items.length <= length),
    );
    if (members.length === 0) continue;
    const { graph, userVectors } = network.buildEncoder({ batchSize: BATCH_SIZE, length });
    const encoder = await createEvaluation(graph, { userVectors }, state, session);
    encoders.push(encoder);
    for (let first = 0; first < members.length; first += BATCH_SIZE) {
      batches.push({ encoder, length, members: members.slice(first, first + BATCH_SIZE) });
    }
  }
  return {
    async ndcg() {
      const { data: table } = viewParameter(state, ITEM_TABLE);
      let gain = 0;
      for (const { encoder, length, members } of batches) {
        const feeds = network.layOut(
          members.map(({ history }) => history),
          { batchSize: BATCH_SIZE, length },
        );
        const { userVectors } = await encoder.run(feeds);
        gain += await sumGains(kernel, userVectors as Float32Array, table, members);
      }
      return gain / queries.length;
    },
    async release() {
      for (const encoder of encoders) await encoder.release();
      await kernel.release();
    },
  };
}

async function sumGains(
  kernel: ProductKernel,
  vectors: Float32Array,
  table: Float32Array,
  members: readonly HeldOutQuery[],
): Promise<number> {
  const width = vectors.length / BATCH_SIZE;
  const itemCount = table.length / width;
  const scores = new Float32Array(members.length * itemCount);
  await kernel.run(
    {
      left: { rowCount: members.length, columnCount: width, data: vectors.subarray(0, members.length * width) },
      right: { rowCount: itemCount, columnCount: width, data: table },
    },
    { rowCount: members.length, columnCount: itemCount, data: scores },
  );
  let gain = 0;
  members.forEach(({ history, target }, member) => {
    const row = scores.subarray(member * itemCount, (member + 1) * itemCount);
    gain += ndcgOfRank(rankOfTarget(row, target, history.items), 10);
  });
  return gain;
}
