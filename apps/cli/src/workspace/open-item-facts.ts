import path from 'node:path';
import { loadItemFacts, readManifest } from '@matinee/adapters/duckdb';
import { itemFactsOfMovieLens } from '@matinee/adapters/vega';
import type { Dataset } from '@matinee/models/data';
import type { ItemFacts } from '@matinee/recommender';
import type { Progress } from '../terminal/progress.ts';
import type { Workspace } from './workspace.ts';

interface OpenItemFactsOptions {
  readonly workspace: Workspace;
  readonly dataset: Dataset;
  readonly progress: Progress;
}

/**
 * Loads the facts about items that the rules use. They come from the user's item table or, since MovieLens has no age
 * ratings, from the demo's table of titles and an estimate.
 */
export function openItemFacts({ workspace, dataset, progress }: OpenItemFactsOptions): Promise<ItemFacts> {
  const folder = path.join(workspace.datasets, dataset.name);
  return progress.stage('load item facts', async (stage) => {
    const isMovieLens = readManifest(folder)?.source.kind === 'movielens';
    const facts = isMovieLens ? await itemFactsOfMovieLens(dataset.items) : await loadItemFacts(folder, dataset);
    stage.summary(describeAges(facts));
    return facts;
  });
}

function describeAges({ itemCount, maturitySources }: ItemFacts): string {
  const countOf = (source: number): string =>
    maturitySources.reduce((count, each) => count + (each === source ? 1 : 0), 0).toLocaleString('en');
  return `ages of ${itemCount.toLocaleString('en')} titles: ${countOf(2)} listed, ${countOf(1)} estimated, ${countOf(0)} unknown`;
}
