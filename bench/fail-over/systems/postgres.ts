/**
 * PostgreSQL's session-level advisory lock: the server gives it to the next session that waits, once the
 * connection of the one that has it is at its end. It gives no token.
 */
import pg from 'pg';
import { aborted, run } from '../program.ts';

run(async (order, stage) => {
  const { host, port, election } = order;
  const client = new pg.Client({ host, port, user: 'tenure', database: 'postgres' });
  let lost = false;
  client.on('error', () => {
    lost = true;
  });
  await client.connect();
  await client.query('SELECT pg_advisory_lock(hashtext($1))', [election]);
  stage.take({ believes: () => !lost });
  await aborted(stage.signal);
  stage.leave();
  await client.end();
});
