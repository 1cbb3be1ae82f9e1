/** Runs as a separate process: takes the lock of a file and holds it until the process is killed. */
import { tryLock } from '../file-lock.ts';

const [file = '', kind = 'exclusive'] = process.argv.slice(2);
process.stdout.write(tryLock(file, kind as 'shared' | 'exclusive') === undefined ? 'refused\n' : 'held\n');
setInterval(() => undefined, 1000);
