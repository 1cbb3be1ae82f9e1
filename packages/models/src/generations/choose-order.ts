/**
 * What orders the list: the ranker on the candidates of a blend, the blend of all sources, that of the counted sources,
 * which are those without networks, or the best single source.
 */
export type Order = 'ranker' | 'blend' | 'counted' | 'source';
export const ORDERS: readonly Order[] = ['ranker', 'blend', 'counted', 'source'];

/** What each order was worth to the held-out queries of one user. */
export interface UserWorth {
  readonly queryCount: number;
  /** Sum of NDCG@100 over the queries. */
  readonly ndcg: Readonly<Record<Order, number>>;
}

/** The order to serve, and the figures that it was chosen by. */
export interface ChosenOrder {
  readonly order: Order;
  readonly userCount: number;
  /** Mean NDCG@100 of each. NaN without a user. */
  readonly ndcg: Readonly<Record<Order, number>>;
}

/** Fewer users say nothing of others: the blend then orders. */
export const FEWEST_USERS = 5;

/** Which orders there are to choose from, beside the blend and the best source. */
export interface Choices {
  readonly hasRanker: boolean;
  /** Whether there are both networks and counted sources. */
  readonly hasNetworks: boolean;
}

/**
 * Chooses the order by held-out queries that taught none of them.
 *
 * What is learned in many steps must be better than what is chosen so far by more than one standard error over users:
 * networks better than the blend of counted sources, the ranker better than both. With little data they overfit most,
 * they read what changes with time, and they cost most to serve. The best source takes over where it is better than the
 * blend. The rules lose little where they err, because they err where the difference is small.
 */
export function chooseOrder(users: readonly UserWorth[], { hasRanker, hasNetworks }: Choices): ChosenOrder {
  const queryCount = users.reduce((sum, user) => sum + user.queryCount, 0);
  const meanOf = (order: Order): number => users.reduce((sum, { ndcg }) => sum + ndcg[order], 0) / queryCount;
  const ndcg = Object.fromEntries(ORDERS.map((order) => [order, meanOf(order)])) as ChosenOrder['ndcg'];
  const chosen = (order: Order): ChosenOrder => ({ order, userCount: users.length, ndcg });
  if (users.length < FEWEST_USERS) return chosen('blend');
  const isBetter = (one: Order, other: Order): boolean => ndcg[one] - ndcg[other] > standardError(users, one, other);
  const blend = hasNetworks && !isBetter('blend', 'counted') ? 'counted' : 'blend';
  const base = ndcg.source > ndcg[blend] ? 'source' : blend;
  return chosen(hasRanker && isBetter('ranker', base) ? 'ranker' : base);
}

/** Standard error over users of the mean difference of two orders, by linearisation of Σ difference / Σ queries. */
function standardError(users: readonly UserWorth[], one: Order, other: Order): number {
  const queryCount = users.reduce((sum, user) => sum + user.queryCount, 0);
  const mean = users.reduce((sum, { ndcg }) => sum + ndcg[one] - ndcg[other], 0) / queryCount;
  const squares = users.reduce(
    (sum, user) => sum + (user.ndcg[one] - user.ndcg[other] - mean * user.queryCount) ** 2,
    0,
  );
  return Math.sqrt((squares * users.length) / (users.length - 1)) / queryCount;
}
