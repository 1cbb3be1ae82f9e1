import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeReportFiles } from '@matinee/adapters/files';
import { GENERATION_NAMES, type GenerationName, resolveGeneration } from '@matinee/models/generations';
import { defined, MatineeError } from '@matinee/numerics';
import { withoutEventsOf } from '@matinee/recommender';
import { defineCommand } from 'citty';
import { parseCount, requireOneOf } from '../protocol/protocol-options.ts';
import { runCommand } from '../terminal/run-command.ts';
import { traceRequest } from '../trace/trace-request.ts';
import { writeTrace } from '../trace/write-trace.ts';
import { trainAndSaveRelease } from '../training/train-and-save-release.ts';
import { readDeletedUsers } from '../workspace/deleted-users.ts';
import { openDataset } from '../workspace/open-dataset.ts';
import { commonArguments, openWorkspace } from '../workspace/workspace.ts';

const SEED = 1;
/** A user of the bundled data with 53 ratings on 13 days, the last a week before the data ends. */
const DEFAULT_USER = '62';
const DEFAULT_PRESET = 'v2';
const DEFAULT_OUT = 'docs/one-request.md';

/** The repository's root; the same from `src` and from `dist`. */
const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));

export const traceCommand = defineCommand({
  meta: {
    name: 'trace',
    description: `Write a page that follows one user's request stage by stage, with its real numbers.

Examples:
  matinee trace                                        ${DEFAULT_OUT}, of the bundled MovieLens set
  matinee trace --user 298 --out request.md            another of its users
  matinee trace --data ml-1m --user 42 --preset v1     other data, another generation

It trains the release unless an equal one is there. The release that matinee serve uses stays the same.`,
  },
  args: {
    user: { type: 'string', description: 'Id of a user of the data set', default: DEFAULT_USER },
    preset: { type: 'string', description: `Generation: ${GENERATION_NAMES.join(', ')}`, default: DEFAULT_PRESET },
    data: { type: 'string', description: 'Folder of source files, or a prepared data set (default: the bundled one)' },
    threads: { type: 'string', description: 'Threads to train on (default: one per core); changes no result' },
    out: { type: 'string', description: 'Markdown file to write', default: DEFAULT_OUT },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      requireOneOf('--preset', args.preset, [...GENERATION_NAMES]);
      const generation = args.preset as GenerationName;
      const threadCount = args.threads === undefined ? undefined : parseCount('--threads', args.threads, 1);
      const workspace = openWorkspace(args.home);
      const dataset = await openDataset({ workspace, data: args.data, progress, signal });
      const release = await trainAndSaveRelease({
        dataset,
        workspace,
        progress,
        seed: SEED,
        config: { generation, overrides: resolveGeneration(generation, { interactionCount: dataset.events.count }) },
        makeCurrent: false,
        ...defined({ threadCount }),
      });
      const file = path.resolve(args.out);
      await progress.stage('trace the request', async (stage) => {
        const deletedIds = await readDeletedUsers(workspace, dataset);
        if (deletedIds.includes(args.user)) {
          throw new MatineeError('BAD_ARGUMENT', `--user: "${args.user}" was deleted; choose another user`);
        }
        const trace = await traceRequest(withoutEventsOf(dataset, deletedIds), release, args.user);
        const command = describeCommand(args);
        const text = await writeTrace(trace, { command, linkTo: (target) => linkFrom(path.dirname(file), target) });
        await writeReportFiles(path.dirname(file), { [path.basename(file)]: text });
        stage.summary(`user ${args.user}, release ${release.version}`);
      });
      print({ json: { file, user: args.user, release: release.version }, text: file });
    }),
});

function linkFrom(folder: string, file: string): string {
  return path.relative(folder, path.join(REPOSITORY, file)).split(path.sep).join('/');
}

/** The command with the options that are not the defaults, except the output file. */
function describeCommand(args: { readonly user: string; readonly preset: string; readonly data?: string | undefined }) {
  const options: [string, string | undefined, string | undefined][] = [
    ['--data', args.data, undefined],
    ['--user', args.user, DEFAULT_USER],
    ['--preset', args.preset, DEFAULT_PRESET],
  ];
  const given = options.filter(([, value, usual]) => value !== usual).map(([name, value]) => `${name} ${value}`);
  return ['npx matinee trace', ...given].join(' ');
}
