import path from 'node:path';
import { readManifest } from '@matinee/adapters/duckdb';
import { latestOfGeneration, listReleases, loadRelease, useRelease } from '@matinee/adapters/files';
import type { Dataset } from '@matinee/models/data';
import type { GenerationName } from '@matinee/models/generations';
import type { Release } from '@matinee/models/release';
import { MatineeError } from '@matinee/numerics';
import type { ItemFacts } from '@matinee/recommender';
import { type RunningServer, type ServerSettings, startServer } from '@matinee/server';
import { describeFailure } from '../terminal/describe-failure.ts';
import type { Progress } from '../terminal/progress.ts';
import type { CommandContext } from '../terminal/run-command.ts';
import { releaseFolder } from '../training/train-and-save-release.ts';
import { lockForReading } from '../workspace/locks.ts';
import { openIndices } from '../workspace/open-indices.ts';
import { eventsFileOf, type Workspace } from '../workspace/workspace.ts';

interface ServeOptions {
  readonly dataset: Dataset;
  readonly release: Release;
  readonly facts: ItemFacts;
  readonly workspace: Workspace;
  readonly host: string;
  readonly port: number;
  readonly settings: ServerSettings;
  /** False: feedback is kept in memory only; true by default. */
  readonly keepsLog?: boolean;
  /** Goes on beside the server, until it is stopped. */
  readonly beside?: (server: RunningServer) => Promise<void>;
}

/**
 * Serves until Ctrl-C or SIGTERM. Then it answers what is under way, while what runs beside it ends too, closes the
 * event log and returns.
 */
export async function serveUntilStopped(
  { workspace, settings, beside, keepsLog = true, ...options }: ServeOptions,
  { progress, signal, print }: CommandContext,
): Promise<void> {
  const unlock = await lockForReading(workspace, options.dataset.name, { progress, signal });
  requireUnchanged(workspace, options.dataset);
  const server = await progress.stage('start the server', async (stage) => {
    await stage.checkpoint(0, 0);
    const eventsFile = keepsLog ? eventsFileOf(workspace, options.dataset.name) : ':memory:';
    return startServer({
      ...options,
      ...settings,
      eventsFile,
      openGeneration: (generation) => openGeneration(generation, options.dataset, workspace, progress),
      listRuns: () => listReleases(releaseFolder(workspace, options.dataset.name)),
      onRollBack: ({ version }) => {
        progress.note(`${version} is back: the release after it found less of what people turn to`);
        void useRelease(releaseFolder(workspace, options.dataset.name), version).catch((error: unknown) =>
          progress.note(`${version} could not be made current: ${describeFailure(error).message}`),
        );
      },
    });
  });
  noteKeys(server, options.dataset.name, settings, progress);
  print({
    json: { url: server.url, version: options.release.version },
    text: `\n  Matinee is on ${server.url}${settings.basePath ?? ''}\n`,
  });
  const working = beside?.(server).catch((error: unknown) => {
    if (signal.aborted) return;
    progress.note(`what runs beside the server has ended: ${describeFailure(error).message}`);
  });
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await Promise.all([server.close(), working]);
  unlock();
}

/** Says whether programs need keys, and how to make one. */
function noteKeys(
  { keys }: RunningServer,
  data: string,
  { servesPage = true }: ServerSettings,
  progress: Progress,
): void {
  if (!keys.areRequired) return;
  const known = keys.count === 0 ? 'there is none yet' : `${keys.count} valid`;
  const page = servesPage ? '; visitors of the page need none' : '';
  progress.note(
    `programs need an API key here (${known}): matinee keys create --scope read,write --name NAME --data ${data}${page}; ` +
      '--keys off ends this',
  );
}

/** Loads the release of a generation that was trained last on this data. */
async function openGeneration(
  generation: GenerationName,
  { name }: Dataset,
  workspace: Workspace,
  progress: Progress,
): Promise<Release | undefined> {
  const folder = releaseFolder(workspace, name);
  const version = await latestOfGeneration(folder, generation);
  if (version === undefined) return undefined;
  return openIndices(await loadRelease(folder, version), { folder, workspace, progress });
}

/** @throws {MatineeError} `DATASET_CHANGED` when the data were replaced between loading and locking them. */
function requireUnchanged(workspace: Workspace, { name, hash }: Dataset): void {
  if (readManifest(path.join(workspace.datasets, name))?.hash === hash) return;
  throw new MatineeError('DATASET_CHANGED', `the data of ${name} were replaced while this started; start again`);
}
