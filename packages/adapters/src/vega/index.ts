export { filmFactsOfMovieLens } from './item-facts-of-movielens.ts';
