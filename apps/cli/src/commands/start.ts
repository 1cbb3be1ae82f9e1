import { defineCommand } from 'citty';
import { runCommand } from '../terminal/run-command.ts';
import { commonArguments, openWorkspace } from '../workspace.ts';
import { openDataset } from './open-dataset.ts';
import { chooseLimits, choosePort, serveArguments } from './serve-options.ts';
import { serveUntilStopped } from './serve-until-stopped.ts';
import { trainRelease } from './train-release.ts';

const SEED = 1;

export const startCommand = defineCommand({
  meta: {
    name: 'start',
    description: `Everything at once: prepare the data, train V1, serve the page. What is there already is reused.

Examples:
  matinee start                          the bundled MovieLens set on http://localhost:8003
  matinee start --data ~/ml-1m           your own copy of another one
  PORT=9000 matinee start                another port`,
  },
  args: { ...serveArguments, ...commonArguments },
  run: ({ args }) =>
    runCommand({ json: args.json }, async (context) => {
      const port = choosePort(args.port, process.env['PORT']);
      const limits = chooseLimits(args);
      const workspace = openWorkspace(args.home);
      const { progress, signal } = context;
      const dataset = await openDataset({ workspace, data: args.data, progress, signal });
      const release = await trainRelease({ dataset, workspace, progress, seed: SEED });
      await serveUntilStopped({ dataset, release, workspace, host: args.host, port, limits }, context);
    }),
});
