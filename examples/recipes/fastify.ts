/**
 * Fastify: leading begins when the server is ready, and ends in `preClose`, before connections are closed.
 */
import Fastify from 'fastify';
import { electionOf, settleOrders } from './work.ts';

const election = electionOf('fastify');
const app = Fastify();
const stop = new AbortController();
let led: Promise<unknown> = Promise.resolve();

app.addHook('onReady', async () => {
  led = election.leadWhile(settleOrders, { signal: stop.signal });
  // A fault of the work ends the process as SIGTERM does.
  led.catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
    void app.close();
  });
});
app.addHook('preClose', async () => {
  stop.abort();
  await led.catch(() => undefined);
});
app.get('/', async () => ({ leads: election.isLeading, token: election.term?.token.toString() }));

process.once('SIGTERM', () => void app.close());
await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' });
console.log(`listening ${JSON.stringify(app.server.address())}`);
