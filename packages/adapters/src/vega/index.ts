export { filmFactsOfMovieLens } from './film-facts-of-movielens.ts';
