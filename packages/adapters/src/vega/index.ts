export { itemFactsOfMovieLens } from './item-facts-of-movielens.ts';
