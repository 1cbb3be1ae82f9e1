import { defineCommand } from 'citty';
import { openRelease } from '../serving/open-release.ts';
import { choosePort, chooseSettings, serveArguments } from '../serving/serve-options.ts';
import { serveUntilStopped } from '../serving/serve-until-stopped.ts';
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
  matinee serve --host 0.0.0.0               for other machines too; members of the data set are then closed
  matinee serve --hosts movies.example       behind a proxy that serves this name

Trains nothing: run matinee train first, or matinee start for all in one.`,
  },
  args: {
    ...serveArguments,
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
      const port = choosePort(args.port, process.env['PORT']);
      const settings = chooseSettings(args, process.env);
      const workspace = openWorkspace(args.home);
      const { progress, signal } = context;
      const dataset = await openDataset({ workspace, data: args.data, progress, signal });
      const release = await openRelease({ workspace, dataset, progress, option: '--serve', generation: args.serve });
      const facts = await openItemFacts({ workspace, dataset, progress });
      const options = { dataset, release, facts, workspace, host: args.host, port, settings };
      await serveUntilStopped({ ...options, keepsLog: !args['without-log'] }, context);
    }),
});
