/** For tests only: behaviour suites of ports that other packages implement. */
export { clusteredVectors, userQueries } from './clustered-vectors.ts';
export { genreFameFamily } from './genre-fame.ts';
export { checkerboard, historyOf, quietContext } from './tiny-worlds.ts';
export { twoTastes } from './two-tastes.ts';
export { describeVectorIndex } from './vector-index.contract.ts';
