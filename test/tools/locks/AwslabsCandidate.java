import com.amazonaws.services.dynamodbv2.AcquireLockOptions;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDBLockClient;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDBLockClientOptions;
import com.amazonaws.services.dynamodbv2.LockItem;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * A candidate of the fail-over benchmark under awslabs' own client: it tries to acquire, leads until the
 * lock has expired, and tries again. The heartbeats are the client's, in its background thread.
 *
 * Arguments: endpoint, table, key's name, key's value, lease, heartbeat and write interval in milliseconds.
 * Output: ready and its process id; w, no token, and the machine's monotonic clock in milliseconds.
 */
final class AwslabsCandidate {
  private static volatile boolean stopped = false;
  private static volatile LockItem held = null;

  public static void main(String[] args) throws Exception {
    DynamoDbClient dynamoDb = DynamoDbClient.builder()
        .endpointOverride(URI.create(args[0]))
        .region(Region.US_EAST_1)
        .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
        .build();
    AmazonDynamoDBLockClient client = new AmazonDynamoDBLockClient(
        AmazonDynamoDBLockClientOptions.builder(dynamoDb, args[1])
            .withPartitionKeyName(args[2])
            .withTimeUnit(TimeUnit.MILLISECONDS)
            .withLeaseDuration(Long.parseLong(args[4]))
            .withHeartbeatPeriod(Long.parseLong(args[5]))
            .withCreateHeartbeatBackgroundThread(true)
            .build());
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      stopped = true;
      LockItem mine = held;
      if (mine != null) client.releaseLock(mine);
    }));
    Thread input = new Thread(() -> {
      try {
        while (System.in.read() != -1) {
          // Nothing is said there; its end ends the process at once.
        }
      } catch (java.io.IOException ended) {
        // As the end of the input.
      }
      Runtime.getRuntime().halt(0);
    });
    input.setDaemon(true);
    input.start();
    System.out.println("ready " + ProcessHandle.current().pid());
    while (!stopped) {
      Optional<LockItem> lock;
      try {
        lock = client.tryAcquireLock(AcquireLockOptions.builder(args[3]).build());
      } catch (RuntimeException failed) {
        Thread.sleep(Long.parseLong(args[5]));
        continue;
      }
      if (lock.isEmpty()) continue;
      held = lock.get();
      while (!stopped && !held.isExpired()) {
        System.out.println("w - " + System.nanoTime() / 1e6);
        Thread.sleep(Long.parseLong(args[6]));
      }
    }
  }
}
