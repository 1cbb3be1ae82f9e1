import net from 'node:net';
import type { Random } from '@matinee/numerics';
import { pick } from './hostile-values.ts';

/** Bytes that no HTTP client would send; each leaves the server as it was. */
const RAW_REQUESTS: readonly string[] = [
  'POST /feedback HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"user_idx":1',
  'POST /feedback HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{"user_idx":1,"item_idx":1}',
  'POST /feedback HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  'POST /feedback HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n',
  'POST /feedback HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST /feedback HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nzz\r\n{}\r\n',
  'POST /feedback HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nFFFFFFFF\r\n{}',
  'POST /feedback HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  'POST /feedback HTTP/1.1\r\nHost: x\r\nExpect: the-impossible\r\nContent-Length: 2\r\n\r\n{}',
  'GET /healthz HTTP/1.1\r\n\r\n',
  'GET /healthz HTTP/1.0\r\n\r\n',
  'GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n',
  'GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n',
  'GET http://evil.example/healthz HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET * HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET healthz HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET //evil.example/%2e%2e/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n',
  'TRACE /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'PROPFIND / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'HEAD /api/v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n',
  'GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\r\n folded\r\n\r\n',
  `GET /healthz HTTP/1.1\r\nHost: x\r\n${'X: y\r\n'.repeat(3000)}\r\n`,
  `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  `GET /api/v1/search?q=${'%ff'.repeat(100)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  `GET /api/v1/search?${'q=a&'.repeat(2000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  `${'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(50)}`,
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  '\0\0\0\0',
];

/** A connection that stays longer has had its answer, or gets none before the server's own time limit. */
const LONGEST_MS = 300;

/** Sends one such request, sometimes byte by byte or closed half-way. Returns it with what came back. */
export function sendRaw(url: string, random: Random): Promise<{ readonly bytes: string; readonly answer: string }> {
  const bytes = pick(random, RAW_REQUESTS);
  const isSlow = random.next() < 0.3;
  const isCut = random.next() < 0.2;
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), hostname);
    let answer = '';
    let timer: NodeJS.Timeout | undefined;
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ bytes, answer });
    };
    timer = setTimeout(finish, LONGEST_MS);
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.once('error', finish);
    socket.once('close', finish);
    socket.once('connect', () => {
      const sent = Buffer.from(isCut ? bytes.slice(0, Math.ceil(bytes.length / 2)) : bytes, 'latin1');
      if (!isSlow) socket.write(sent);
      else for (let at = 0; at < Math.min(sent.length, 40); at++) socket.write(sent.subarray(at, at + 1));
      if (isCut) socket.end();
    });
  });
}
