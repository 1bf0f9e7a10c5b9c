/** The npm package `etcd3`, its own `Election`, against a real etcd. Its keep-alive is a third of the lease. */
import { Etcd3 } from 'etcd3';
import { aborted, run } from '../program.ts';

run(async (order, stage) => {
  const client = new Etcd3({ hosts: `http://${order.host}:${order.port}` });
  const election = client.election(order.election, order.leaseDurationMs / 1_000);
  while (!stage.signal.aborted) {
    const campaign = election.campaign(`process ${process.pid}`);
    let told = false;
    const lost = new Promise<void>((resolve) => {
      campaign.on('error', () => {
        told = true;
        resolve();
      });
    });
    const elected = campaign.wait().catch(() => undefined);
    await Promise.race([elected, lost, aborted(stage.signal)]);
    if (!told && !stage.signal.aborted) {
      // The revision at which its key was created: what etcd's own fence would compare.
      const token = String((campaign as unknown as { keyRevision: unknown }).keyRevision);
      stage.take({ token, believes: () => !told });
      await Promise.race([lost, aborted(stage.signal)]);
      stage.leave();
    }
    await campaign.resign().catch(() => undefined);
  }
});
