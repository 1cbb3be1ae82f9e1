import { MatineeError } from '@matinee/numerics';

/** Arguments of the commands that serve. */
export const serveArguments = {
  data: { type: 'string', description: 'Folder of source files, or the name of a prepared data set' },
  port: { type: 'string', description: 'Port to listen on; 0 = any free one (PORT sets it too)', default: '' },
  host: { type: 'string', description: 'Address to listen on; 0.0.0.0 = all of the machine’s', default: 'localhost' },
} as const;

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
