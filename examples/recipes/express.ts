/**
 * Express: every process serves, one leads. On SIGTERM the work drains and the role is released while requests
 * are still served; then the server closes.
 */
import express from 'express';
import { electionOf, settleOrders } from './work.ts';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const election = electionOf('express');

const app = express();
app.get('/', (_request, response) => {
  response.json({ leads: election.isLeading, token: election.term?.token.toString() });
});
const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`listening ${JSON.stringify(server.address())}`);
});

await election.leadWhile(settleOrders, { signal: stop.signal });
server.close();
server.closeIdleConnections();
