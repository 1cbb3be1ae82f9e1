import type { Random } from '@matinee/numerics';
import type { Feeds } from '@matinee/numerics/engine';
import type { DeepRankerBatchShape, RankingLoss } from './deep-ranker-network.ts';
import type { QueryRows, RankingTable } from './ranking-table.ts';

/** Batches of whole queries from one table. */
export interface QueryBatches {
  readonly shape: DeepRankerBatchShape;
  readonly stepsPerEpoch: number;
  readonly rowsPerEpoch: number;
  /** An epoch's batches: every query with a positive once, in random order. Batches share their buffers. */
  draw(random: Random): Generator<{ readonly feeds: Feeds; readonly rowCount: number }>;
}

/** Options of {@link createQueryBatches}. */
export interface QueryBatchOptions {
  /** Approximate number of queries per batch. */
  readonly queryCount: number;
  /** Maximum rows of a query in one epoch: its positives and a fresh sample of the others. */
  readonly rowsPerQuery: number;
  readonly loss: RankingLoss;
}

/**
 * Lays out a table's queries in batches of one shape. A batch ends when the next query would not fit: rows are packed
 * without gaps, so the cost of a query is proportional to its rows.
 *
 * @param queries Queries with a positive; at least one.
 */
export function createQueryBatches(
  table: RankingTable,
  queries: readonly QueryRows[],
  { queryCount, rowsPerQuery, loss }: QueryBatchOptions,
): QueryBatches {
  const sizes = queries.map(({ start, end }) => Math.min(rowsPerQuery, end - start));
  const queryWidth = sizes.reduce((widest, size) => Math.max(widest, size), 0);
  const rowsPerEpoch = sizes.reduce((sum, size) => sum + size, 0);
  const usual = Math.min(queryCount, queries.length);
  const rowCount = Math.max(queryWidth, Math.ceil((usual * rowsPerEpoch) / queries.length));
  // More small queries fit in a batch: up to twice as many, which bounds the padding.
  const shape = { rowCount, queryCount: 2 * usual, queryWidth };
  const layOut = createLayout(table, shape, loss);
  return {
    shape,
    stepsPerEpoch: Math.ceil(rowsPerEpoch / rowCount),
    rowsPerEpoch,
    *draw(random) {
      const order = random.shuffle(Int32Array.from(queries.keys()));
      const drawing = random.fork('rows');
      let members: Int32Array[] = [];
      let taken = 0;
      for (const query of order) {
        if (taken + sizes[query] > rowCount || members.length === shape.queryCount) {
          yield { feeds: layOut(members), rowCount: taken };
          members = [];
          taken = 0;
        }
        members.push(drawRows(table.labels, queries[query], rowsPerQuery, drawing));
        taken += sizes[query];
      }
      yield { feeds: layOut(members), rowCount: taken };
    },
  };
}

/** The rows of a query, sampled if there are too many: positives first, in at most half the places. */
function drawRows(labels: Float32Array, { start, end }: QueryRows, limit: number, random: Random): Int32Array {
  const rows = Int32Array.from({ length: end - start }, (_, at) => start + at);
  if (rows.length <= limit) return rows;
  random.shuffle(rows);
  const positives = rows.filter((row) => labels[row] === 1);
  const others = rows.filter((row) => labels[row] === 0);
  const positiveCount = Math.min(positives.length, Math.max(Math.ceil(limit / 2), limit - others.length));
  const drawn = new Int32Array(limit);
  drawn.set(positives.subarray(0, positiveCount));
  drawn.set(others.subarray(0, limit - positiveCount), positiveCount);
  return drawn;
}

/** Writes queries into one set of buffers that all batches share. */
function createLayout(
  { featureNames, values, labels }: RankingTable,
  { rowCount, queryCount, queryWidth }: DeepRankerBatchShape,
  loss: RankingLoss,
): (members: readonly Int32Array[]) => Feeds {
  const width = featureNames.length;
  const features = new Float32Array(rowCount * width);
  const copyRow = (row: number, at: number): void =>
    features.set(values.subarray(row * width, (row + 1) * width), at * width);

  if (loss === 'logistic') {
    const batchLabels = new Float32Array(rowCount);
    const weights = new Float32Array(rowCount);
    return (members) => {
      const taken = members.reduce((sum, rows) => sum + rows.length, 0);
      weights.fill(0).fill(1 / taken, 0, taken);
      let at = 0;
      for (const rows of members) {
        for (const row of rows) {
          copyRow(row, at);
          batchLabels[at++] = labels[row];
        }
      }
      return { features, labels: batchLabels, weights };
    };
  }

  const places = new Int32Array(queryCount * queryWidth);
  const padding = new Float32Array(queryCount * queryWidth);
  const shares = new Float32Array(queryCount * queryWidth);
  return (members) => {
    places.fill(0);
    padding.fill(-1e9);
    shares.fill(0);
    let at = 0;
    members.forEach((rows, member) => {
      const positiveCount = rows.reduce((sum, row) => sum + labels[row], 0);
      rows.forEach((row, place) => {
        const cell = member * queryWidth + place;
        copyRow(row, at);
        places[cell] = at++;
        padding[cell] = 0;
        shares[cell] = labels[row] / (positiveCount * members.length);
      });
    });
    return { features, places, padding, shares };
  };
}
