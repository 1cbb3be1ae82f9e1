import { defined, MatineeError } from '@matinee/numerics';
import type { ServerSettings } from '@matinee/server';

/** Arguments of the commands that serve. */
export const serveArguments = {
  data: { type: 'string', description: 'Folder of source files, or the name of a prepared data set' },
  port: { type: 'string', description: 'Port to listen on; 0 = any free one (PORT sets it too)', default: '' },
  host: { type: 'string', description: 'Address to listen on; 0.0.0.0 = all of the machine’s', default: 'localhost' },
  hosts: {
    type: 'string',
    description: 'Names by which browsers reach the server, with commas (MATINEE_HOSTS sets them too)',
    default: '',
  },
  demo: {
    type: 'string',
    description: 'on: everybody may look as any member of the data set; on by default on this machine without --hosts',
    default: '',
  },
  'max-running': { type: 'string', description: 'Pages and lists worked on at once (16)', default: '' },
  'max-waiting': { type: 'string', description: 'Pages and lists that wait; further ones get 503 (64)', default: '' },
  'max-wait-ms': { type: 'string', description: 'Milliseconds after which a waiting list gets 503 (400)', default: '' },
  'max-page-wait-ms': { type: 'string', description: 'The same for what the page asks for (5000)', default: '' },
  'cache-mb': {
    type: 'string',
    description: 'Megabytes of answers kept for a minute; 0 = none (32)',
    default: '',
  },
  exploration: {
    type: 'string',
    description: 'Share of places drawn at random where rows explore (0.05)',
    default: '',
  },
} as const;

/**
 * Reads the server's settings from the arguments and the environment. What they leave out gets the server's default.
 *
 * @throws {MatineeError} `BAD_ARGUMENT` naming the argument or variable.
 */
export function chooseSettings(options: SettingOptions, environment: Environment): ServerSettings {
  const catalogueToken = readToken(environment, 'MATINEE_CATALOGUE_TOKEN');
  const operatorToken = readToken(environment, 'MATINEE_OPERATOR_TOKEN');
  if (catalogueToken !== undefined && catalogueToken === operatorToken) {
    throw new MatineeError('BAD_ARGUMENT', 'MATINEE_CATALOGUE_TOKEN and MATINEE_OPERATOR_TOKEN must differ');
  }
  return {
    limits: {
      ...readCount(options, 'max-running', 1, (maxRunning) => ({ maxRunning })),
      ...readCount(options, 'max-waiting', 0, (maxWaiting) => ({ maxWaiting })),
      ...readCount(options, 'max-wait-ms', 1, (maxWaitMs) => ({ maxWaitMs })),
      ...readCount(options, 'max-page-wait-ms', 1, (maxPageWaitMs) => ({ maxPageWaitMs })),
    },
    responseCache: { ...readCount(options, 'cache-mb', 0, (megabytes) => ({ maxBytes: megabytes * 1024 * 1024 })) },
    ...readExplorationShare(options.exploration),
    ...readHostNames(options.hosts, environment['MATINEE_HOSTS'] ?? ''),
    ...readDemo(options.demo),
    ...defined({ catalogueToken, operatorToken }),
  };
}

type CountOptions = Readonly<
  Record<'max-running' | 'max-waiting' | 'max-wait-ms' | 'max-page-wait-ms' | 'cache-mb', string>
>;
type SettingOptions = CountOptions & Readonly<Record<'exploration' | 'hosts' | 'demo', string>>;
type Environment = Readonly<Record<string, string | undefined>>;

const HOST_NAME = /^([a-z0-9-]+\.)*[a-z0-9-]+$/;

function readHostNames(option: string, variable: string): Pick<ServerSettings, 'hostNames'> {
  const [source, text] = option === '' ? ['MATINEE_HOSTS', variable] : ['--hosts', option];
  const hostNames = text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const wrong = hostNames.find((name) => !HOST_NAME.test(name));
  if (wrong !== undefined) {
    throw new MatineeError(
      'BAD_ARGUMENT',
      `${source} takes names such as movies.example, without scheme and port; got "${wrong}"`,
    );
  }
  return hostNames.length === 0 ? {} : { hostNames };
}

function readDemo(text: string): Pick<ServerSettings, 'demo'> {
  if (text === '') return {};
  if (text === 'on' || text === 'off') return { demo: text === 'on' };
  throw new MatineeError('BAD_ARGUMENT', `--demo takes on or off; got "${text}"`);
}

function readExplorationShare(text: string): Pick<ServerSettings, 'explorationShare'> {
  if (text === '') return {};
  const explorationShare = Number(text);
  if (explorationShare >= 0 && explorationShare <= 1) return { explorationShare };
  throw new MatineeError('BAD_ARGUMENT', `--exploration takes a number from 0 to 1; got "${text}"`);
}

/** A shorter secret could be guessed. */
const MIN_TOKEN_LENGTH = 16;

/**
 * A token is no argument, because every user of the machine sees those. An error does not contain it.
 */
function readToken(environment: Environment, variable: string): string | undefined {
  const text = (environment[variable] ?? '').trim();
  if (text === '') return undefined;
  if (text.length >= MIN_TOKEN_LENGTH) return text;
  throw new MatineeError(
    'BAD_ARGUMENT',
    `${variable} must have ${MIN_TOKEN_LENGTH} characters or more, so that nobody guesses it`,
  );
}

function readCount<T>(
  options: CountOptions,
  name: keyof CountOptions,
  min: number,
  use: (count: number) => T,
): T | undefined {
  const text = options[name];
  if (text === '') return undefined;
  if (/^\d{1,9}$/.test(text) && Number(text) >= min) return use(Number(text));
  throw new MatineeError('BAD_ARGUMENT', `--${name} takes a whole number from ${min} up; got "${text}"`);
}

const DEFAULT_PORT = 8003;

/**
 * The port: `--port`, else `PORT` of the environment, else 8003.
 *
 * @throws {MatineeError} `BAD_ARGUMENT` naming where the bad one came from.
 */
export function choosePort(option: string, environment: string | undefined): number {
  const [source, text] = option !== '' ? ['--port', option] : ['PORT', environment ?? ''];
  if (text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new MatineeError('BAD_ARGUMENT', `${source} takes a number from 0 to 65535; got "${text}"`);
}
