import type { Dataset, Release } from '@matinee/models';
import type { FilmFacts } from '@matinee/recommender';
import { type AnswerCacheLimits, type LoadLimits, type RunningServer, startServer } from '@matinee/server';
import type { CommandContext } from '../terminal/run-command.ts';
import { eventsFileOf, type Workspace } from '../workspace.ts';

interface ServeOptions {
  readonly dataset: Dataset;
  readonly release: Release;
  readonly facts: FilmFacts;
  readonly workspace: Workspace;
  readonly host: string;
  readonly port: number;
  readonly limits: Partial<LoadLimits>;
  readonly answerCache: Partial<AnswerCacheLimits>;
  /** Goes on beside the server, until it is stopped. */
  readonly beside?: (server: RunningServer) => Promise<void>;
}

/** Serves until Ctrl-C or SIGTERM; then answers what is under way, closes the event log and returns. */
export async function serveUntilStopped(
  { dataset, release, facts, workspace, host, port, limits, answerCache, beside }: ServeOptions,
  { progress, signal, print }: CommandContext,
): Promise<void> {
  const server = await progress.stage('start the server', async (stage) => {
    await stage.checkpoint(0, 0);
    const eventsFile = eventsFileOf(workspace, dataset.name);
    return startServer({ dataset, release, facts, eventsFile, host, port, limits, answerCache });
  });
  print({ json: { url: server.url, version: release.version }, text: `\n  Matinee is on ${server.url}\n` });
  const working = beside?.(server);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await working;
  await server.close();
}
