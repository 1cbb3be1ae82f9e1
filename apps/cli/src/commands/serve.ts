import { latestOfGeneration, loadRelease } from '@matinee/adapters/files';
import { GENERATION_NAMES } from '@matinee/models/generations';
import { MatineeError } from '@matinee/numerics';
import { defineCommand } from 'citty';
import { requireOneOf } from '../protocol/protocol-options.ts';
import { chooseHost, choosePort, chooseSettings } from '../serving/serve-options.ts';
import { serveUntilStopped } from '../serving/serve-until-stopped.ts';
import { resolveSettings, settingArguments } from '../serving/settings.ts';
import { runCommand } from '../terminal/run-command.ts';
import { releaseFolder } from '../training/train-and-save-release.ts';
import { noteEarlierContent } from '../workspace/note-earlier-content.ts';
import { openDataset } from '../workspace/open-dataset.ts';
import { openIndices } from '../workspace/open-indices.ts';
import { openItemFacts } from '../workspace/open-item-facts.ts';
import { commonArguments, openWorkspace } from '../workspace/workspace.ts';

export const serveCommand = defineCommand({
  meta: {
    name: 'serve',
    description: `Serve the release that was trained last: the page, the API, the metrics.

Examples:
  matinee serve                              the bundled MovieLens set on http://localhost:8003
  matinee serve --data ml-1m --port 9000     another prepared data set, another port
  matinee serve --serve v3                   the V3 that was trained last, whichever is current
  matinee serve --host 0.0.0.0               for other machines too; programs then need a key (matinee keys create)
  matinee serve --hosts movies.example       behind a proxy that serves this name
  matinee serve --base-path /matinee         behind a proxy that serves this path

Trains nothing: run matinee train first, or matinee start for all in one.`,
  },
  args: {
    ...settingArguments,
    serve: { type: 'string', description: 'The generation to serve (default: the one that is current)', default: '' },
    'without-log': {
      type: 'boolean',
      description: 'Begin without the stored feedback and keep none: for a store that is damaged',
      default: false,
    },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async (context) => {
      const given = await resolveSettings(args, process.env);
      const [host, port] = [chooseHost(given.host), choosePort(given.port)];
      const settings = chooseSettings(given);
      const workspace = openWorkspace(args.home);
      const { progress, signal } = context;
      const dataset = await openDataset({ workspace, data: given.data.text || undefined, progress, signal });
      const folder = releaseFolder(workspace, dataset.name);
      const loaded = await progress.stage('load the release', async (stage) => {
        const current = await loadRelease(folder, await pinnedVersion(folder, args.serve, dataset.name));
        stage.summary(current.version);
        return current;
      });
      noteEarlierContent(loaded, dataset, progress);
      const release = await openIndices(loaded, { folder, workspace, progress });
      const facts = await openItemFacts({ workspace, dataset, progress });
      const options = { dataset, release, facts, workspace, host, port, settings };
      await serveUntilStopped({ ...options, keepsLog: !args['without-log'] }, context);
    }),
});

/** Returns the release of the generation that was asked for; undefined where none was. */
async function pinnedVersion(folder: string, generation: string, data: string): Promise<string | undefined> {
  if (generation === '') return undefined;
  requireOneOf('--serve', generation, [...GENERATION_NAMES]);
  const version = await latestOfGeneration(folder, generation);
  if (version === undefined) {
    throw new MatineeError(
      'NOT_FOUND',
      `no release of ${generation}; run: matinee train --preset ${generation} --data ${data}, with the same --home`,
    );
  }
  return version;
}
