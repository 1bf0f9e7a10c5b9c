/**
 * One writer, many readers: every process reads, and sends writes to the leader, whose address is in the
 * record's attributes. The leader's own writes are fenced, so an address that is out of date does no harm.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { electionOf, settleOrders } from './work.ts';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const server = createServer().listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const election = electionOf('writer', { url });
let writer: string | undefined;

server.on('request', (request, response) => {
  if (request.method === 'GET') return response.end('read here');
  if (election.isLeading) return response.end('written here');
  if (writer === undefined) return response.writeHead(503, { 'retry-after': '1' }).end();
  // 307 keeps the method and the body.
  return response.writeHead(307, { location: `${writer}${request.url}` }).end();
});

const led = election.leadWhile(settleOrders, { signal: stop.signal });
console.log(`listening ${JSON.stringify(server.address())}`);
for await (const leader of election.observe({ signal: stop.signal }))
  writer = leader?.attributes.url;
await led;
server.close();
