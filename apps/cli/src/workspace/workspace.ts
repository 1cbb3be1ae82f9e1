import path from 'node:path';

/**
 * Where Matinee keeps what it makes, below one folder (`--home`, `.matinee` by default):
 *
 *     datasets/<name>/   prepared data: Parquet, manifest.json, quarantine.jsonl
 *     releases/<name>/   trained releases: manifest.json and one artefact per model
 *     models/<name>/     single models: artefact, files for other runtimes, record of the training
 *     reports/<name>/    evaluation reports
 *     tuning/<name>/     searches for hyper-parameters: every trial, and the best configuration
 *     cache/rankings/    ranked lists of finished models, for `matinee evaluate` to go on from
 *     cache/candidates/  parts of candidate tables that are not finished
 *     events/<name>.db   the feedback log of a data set: its users are not those of another
 */
export interface Workspace {
  readonly home: string;
  readonly datasets: string;
  readonly releases: string;
  readonly models: string;
  readonly reports: string;
  readonly tuning: string;
  readonly events: string;
}

export function openWorkspace(home: string): Workspace {
  const root = path.resolve(home);
  return {
    home: root,
    datasets: path.join(root, 'datasets'),
    releases: path.join(root, 'releases'),
    models: path.join(root, 'models'),
    reports: path.join(root, 'reports'),
    tuning: path.join(root, 'tuning'),
    events: path.join(root, 'events'),
  };
}

/** SQLite file of a data set's feedback. Outlives the prepared data: it holds external ids. */
export function eventsFileOf(workspace: Workspace, datasetName: string): string {
  return path.join(workspace.events, `${datasetName}.db`);
}

/** Arguments that every command has. */
export const commonArguments = {
  home: { type: 'string', description: 'Folder for everything Matinee makes', default: '.matinee' },
  json: {
    type: 'boolean',
    description: 'Machine-readable output: result on stdout, progress on stderr',
    default: false,
  },
} as const;
