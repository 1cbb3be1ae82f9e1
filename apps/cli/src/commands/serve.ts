import { defineCommand } from 'citty';
import { openRelease } from '../serving/open-release.ts';
import { chooseHost, choosePort, chooseSettings } from '../serving/serve-options.ts';
import { serveUntilStopped } from '../serving/serve-until-stopped.ts';
import { resolveSettings, settingArguments } from '../serving/settings.ts';
import { runCommand } from '../terminal/run-command.ts';
import { openDataset } from '../workspace/open-dataset.ts';
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
      const release = await openRelease({ workspace, dataset, progress, option: '--serve', generation: args.serve });
      const facts = await openItemFacts({ workspace, dataset, progress });
      const options = { dataset, release, facts, workspace, host, port, settings };
      await serveUntilStopped({ ...options, keepsLog: !args['without-log'] }, context);
    }),
});
