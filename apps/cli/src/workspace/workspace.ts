import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { MatineeError } from '@matinee/numerics';
import { describeFailure } from '../terminal/describe-failure.ts';
import { makePrivate } from './private-home.ts';

/**
 * The folders of everything that Matinee writes, below one root (`--home`, `.matinee` by default):
 *
 *     datasets/<name>/   prepared data: Parquet, manifest.json, quarantine.jsonl
 *     releases/<name>/   trained releases: manifest.json and one artefact per model
 *     models/<name>/     single models: artefact, files for other runtimes, record of the training
 *     reports/<name>/    evaluation reports
 *     tuning/<name>/     searches for hyper-parameters: every trial, and the best configuration
 *     cache/rankings/    ranked lists of finished models, which `matinee evaluate` continues from
 *     cache/stages/      results of finished training stages
 *     cache/candidates/  parts of unfinished candidate tables
 *     cache/lists/       parts of unfinished tables of everybody's lists
 *     events/<name>.db   the feedback log of a data set
 *     sources/<name>.json  the folder of source files to which all of the above with this name belong
 *     locks/             empty files whose locks processes of this home hold
 *     key                the secret with which files are sealed that only this home may have written
 */
export interface Workspace {
  readonly home: string;
  readonly datasets: string;
  readonly releases: string;
  readonly models: string;
  readonly reports: string;
  readonly tuning: string;
  readonly events: string;
  readonly sources: string;
}

/** What stands in a home. */
const NAMES = [
  ...['datasets', 'releases', 'models', 'reports', 'tuning', 'cache', 'candidates', 'downloads'],
  ...['events', 'sources', 'locks', 'key'],
];

/** Names the folders of a home, and makes them private: see {@link makePrivate}. Creates nothing. */
export function openWorkspace(home: string): Workspace {
  const root = path.resolve(home);
  makePrivate(root, NAMES);
  return {
    home: root,
    datasets: path.join(root, 'datasets'),
    releases: path.join(root, 'releases'),
    models: path.join(root, 'models'),
    reports: path.join(root, 'reports'),
    tuning: path.join(root, 'tuning'),
    events: path.join(root, 'events'),
    sources: path.join(root, 'sources'),
  };
}

/**
 * Creates the home if there is none.
 *
 * @throws {MatineeError} `NOT_WRITABLE` when it cannot be created or written, with the reason.
 */
export function makeHome({ home }: Workspace): void {
  try {
    makeFolder(home);
    rmSync(mkdtempSync(path.join(home, '.partial-test-')), { recursive: true, force: true });
  } catch (cause) {
    const isFile = existsSync(home) && !statSync(home).isDirectory();
    const reason = isFile ? 'it is a file' : describeFailure(cause).message;
    throw new MatineeError('NOT_WRITABLE', `--home ${home} cannot be written (${reason}); name another folder`, {
      cause,
    });
  }
}

/** Creates a folder and those above it. Node's own recursion never ends where the system refuses with ENOENT. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  mkdirSync(folder);
}

/** SQLite file of a data set's feedback. It holds external ids, so it stays valid when the data is prepared again. */
export function eventsFileOf(workspace: Workspace, datasetName: string): string {
  return path.join(workspace.events, `${datasetName}.db`);
}

/** The secret of a home, 32 bytes. Without it, what it has sealed is built again. */
export function keyFileOf(workspace: Workspace): string {
  return path.join(workspace.home, 'key');
}

/** Arguments of every command. */
export const commonArguments = {
  home: { type: 'string', description: 'Folder for everything that Matinee writes', default: '.matinee' },
  json: {
    type: 'boolean',
    description: 'Machine-readable output: result on stdout, progress on stderr',
    default: false,
  },
} as const;
