import { defined, MatineeError } from '@matinee/numerics';
import { readBasePath, readOrigins, readProxies, type ServerSettings } from '@matinee/server';
import type { Setting, Settings } from './settings.ts';

/**
 * Converts what is given to the server's settings. What is left out gets the server's default.
 *
 * @throws {MatineeError} `BAD_ARGUMENT` naming the option, the variable, or the key and its file.
 */
export function chooseSettings(settings: Settings): ServerSettings {
  const catalogueToken = readToken(settings.catalogueToken);
  const operatorToken = readToken(settings.operatorToken);
  if (catalogueToken !== undefined && catalogueToken === operatorToken) {
    throw new MatineeError(
      'BAD_ARGUMENT',
      `${settings.catalogueToken.from} and ${settings.operatorToken.from} must differ`,
    );
  }
  const cacheMb = readCount(settings.cacheMb, 0);
  const keptMb = readCount(settings.keptMb, 0);
  return {
    limits: defined({
      maxRunning: readCount(settings.maxRunning, 1),
      maxWaiting: readCount(settings.maxWaiting, 0),
      maxWaitMs: readCount(settings.maxWaitMs, 1),
      maxPageWaitMs: readCount(settings.maxPageWaitMs, 1),
    }),
    responseCache: defined({ maxBytes: cacheMb === undefined ? undefined : cacheMb * 1024 * 1024 }),
    rateLimits: defined({
      perKey: readCount(settings.keyRate, 0),
      perUser: readCount(settings.userRate, 0),
      perAddress: readCount(settings.addressRate, 0),
    }),
    ...defined({
      keptBytes: keptMb === undefined ? undefined : keptMb * 1024 * 1024,
      explorationShare: readGiven(settings.exploration, readShare),
      hostNames: readGiven(settings.hosts, readHostNames),
      basePath: readGiven(settings.basePath, ({ text }) => readBasePath(text)),
      corsOrigins: readGiven(settings.corsOrigins, ({ text }) => readOrigins(text)),
      trustedProxies: readGiven(settings.trustProxy, ({ text }) => readProxies(text)),
      demo: readGiven(settings.demo, readSwitch),
      requiresKeys: readGiven(settings.keys, readSwitch),
      servesPage: readGiven(settings.page, readSwitch),
      catalogueToken,
      operatorToken,
    }),
  };
}

/** Names where a bad value came from: what reads it may not know. */
function readGiven<Value>(setting: Setting, read: (setting: Setting) => Value): Value | undefined {
  if (setting.text === '') return undefined;
  try {
    return read(setting);
  } catch (error) {
    if (!(error instanceof MatineeError) || error.message.startsWith(setting.from)) throw error;
    throw new MatineeError(error.code, `${setting.from}: ${error.message}`, { cause: error });
  }
}

function bad({ from, text }: Setting, takes: string): MatineeError {
  return new MatineeError('BAD_ARGUMENT', `${from} takes ${takes}; got "${text}"`);
}

const HOST_NAME = /^([a-z0-9-]+\.)*[a-z0-9-]+$/;

function readHostNames(setting: Setting): readonly string[] {
  const hostNames = setting.text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const wrong = hostNames.find((name) => !HOST_NAME.test(name));
  if (wrong === undefined) return hostNames;
  throw bad({ ...setting, text: wrong }, 'names such as movies.example, without scheme and port');
}

function readSwitch(setting: Setting): boolean {
  if (setting.text === 'on' || setting.text === 'off') return setting.text === 'on';
  throw bad(setting, 'on or off');
}

function readShare(setting: Setting): number {
  const share = Number(setting.text);
  if (share >= 0 && share <= 1) return share;
  throw bad(setting, 'a number from 0 to 1');
}

/** A shorter secret could be guessed. */
const MIN_TOKEN_LENGTH = 16;

/** An error does not contain the token. */
function readToken({ text, from }: Setting): string | undefined {
  if (text === '') return undefined;
  if (text.length >= MIN_TOKEN_LENGTH) return text;
  throw new MatineeError(
    'BAD_ARGUMENT',
    `${from} must have ${MIN_TOKEN_LENGTH} characters or more, so that nobody guesses it`,
  );
}

function readCount(setting: Setting, min: number): number | undefined {
  const { text } = setting;
  if (text === '') return undefined;
  if (/^\d{1,9}$/.test(text) && Number(text) >= min) return Number(text);
  throw bad(setting, `a whole number from ${min} up`);
}

const DEFAULT_PORT = 8003;

/**
 * Returns the port, 8003 by default.
 *
 * @throws {MatineeError} `BAD_ARGUMENT` naming where the bad one came from.
 */
export function choosePort(setting: Setting): number {
  if (setting.text === '') return DEFAULT_PORT;
  const port = Number(setting.text);
  if (/^\d+$/.test(setting.text) && port <= 65_535) return port;
  throw bad(setting, 'a number from 0 to 65535');
}

/** Returns the address to listen on, this machine's own by default. */
export function chooseHost({ text }: Setting): string {
  return text === '' ? 'localhost' : text;
}
