import { GENERATION_NAMES, type GenerationName } from '@matinee/models/generations';
import { MatineeError } from '@matinee/numerics';
import { defineCommand } from 'citty';
import { parseCount, requireOneOf } from '../protocol/protocol-options.ts';
import { chooseHost, choosePort, chooseSettings } from '../serving/serve-options.ts';
import { serveUntilStopped } from '../serving/serve-until-stopped.ts';
import { resolveSettings, settingArguments } from '../serving/settings.ts';
import { runCommand } from '../terminal/run-command.ts';
import { refreshInBackground } from '../training/refresh-in-background.ts';
import { trainAndSaveRelease } from '../training/train-and-save-release.ts';
import { trainInBackground } from '../training/train-in-background.ts';
import { lockForTraining } from '../workspace/locks.ts';
import { openDataset } from '../workspace/open-dataset.ts';
import { openItemFacts } from '../workspace/open-item-facts.ts';
import { commonArguments, openWorkspace } from '../workspace/workspace.ts';

const SEED = 1;
const WAITING =
  'V1 shows the titles by genre and year, and learns from what people do; V2 to V4 are trained once the data have events ' +
  '(or with matinee train --with-log)';

export const startCommand = defineCommand({
  meta: {
    name: 'start',
    description: `Everything at once: prepare the data, train V1, serve the page; then train V2 to V4 beside the server and
swap each in when it is ready and better. From then on the release is refreshed with what people do, and taken back if it
falls behind the one before. What is there already is reused.

Examples:
  matinee start                          the bundled MovieLens set on http://localhost:8003
  matinee start --data ~/ml-1m           your own copy of another one
  PORT=9000 matinee start                another port
  matinee start --until v1               no further generation
  matinee start --serve v3               V3 as soon as it is trained, whichever is better
  matinee start --refresh-after-events 0 the release stays as it was trained`,
  },
  args: {
    ...settingArguments,
    until: { type: 'string', description: `Last generation to train: ${GENERATION_NAMES.join(', ')}`, default: 'v4' },
    serve: { type: 'string', description: 'The generation to serve (default: the best on held-out data)', default: '' },
    'refresh-after-events': {
      type: 'string',
      description: 'Refresh the release after so many new likes, watches and clicks; 0 = never',
      default: '1000',
    },
    'refresh-after-minutes': {
      type: 'string',
      description: 'Refresh it after so long where there is anything new; 0 = never',
      default: '0',
    },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async (context) => {
      const given = await resolveSettings(args, process.env);
      const [host, port] = [chooseHost(given.host), choosePort(given.port)];
      const settings = chooseSettings(given);
      requireOneOf('--until', args.until, [...GENERATION_NAMES]);
      const generations = GENERATION_NAMES.slice(1, GENERATION_NAMES.indexOf(args.until as GenerationName) + 1);
      const pinned = parsePinned(args.serve, args.until as GenerationName);
      const policy = {
        afterEvents: parseCount('--refresh-after-events', args['refresh-after-events'], 0),
        afterMinutes: parseCount('--refresh-after-minutes', args['refresh-after-minutes'], 0),
      };
      const workspace = openWorkspace(args.home);
      const { progress, signal } = context;
      const dataset = await openDataset({ workspace, data: given.data.text || undefined, progress, signal });
      // Without events there is nothing that V2 to V4 could learn from.
      const isEmpty = dataset.events.count === 0;
      if (isEmpty && generations.length > 0) progress.note(`nobody has done anything yet: ${WAITING}`);
      const release = await trainAndSaveRelease({
        dataset,
        workspace,
        progress,
        seed: SEED,
        reusesEarlierText: true,
      });
      const facts = await openItemFacts({ workspace, dataset, progress });
      await serveUntilStopped(
        {
          dataset,
          release,
          facts,
          workspace,
          host,
          port,
          settings,
          async beside(server) {
            const unlock = await lockForTraining(workspace, dataset.name, context);
            const common = { dataset, workspace, seed: SEED, server, progress, signal };
            try {
              await trainInBackground({ ...common, release, pinned, generations: isEmpty ? [] : generations });
              await refreshInBackground({ ...common, policy });
            } finally {
              unlock();
            }
          },
        },
        context,
      );
    }),
});

/** @throws {MatineeError} `BAD_ARGUMENT` where the generation is unknown or is not trained. */
function parsePinned(serve: string, until: GenerationName): GenerationName | undefined {
  if (serve === '') return undefined;
  requireOneOf('--serve', serve, [...GENERATION_NAMES]);
  const pinned = serve as GenerationName;
  if (GENERATION_NAMES.indexOf(pinned) > GENERATION_NAMES.indexOf(until)) {
    throw new MatineeError('BAD_ARGUMENT', `--serve ${pinned} needs --until ${pinned} or later; it is ${until}`);
  }
  return pinned;
}
