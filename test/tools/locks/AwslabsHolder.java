import com.amazonaws.services.dynamodbv2.AcquireLockOptions;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDBLockClient;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDBLockClientOptions;
import com.amazonaws.services.dynamodbv2.LockItem;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * A program of before a move: it holds one lock by awslabs' own client, as it is told on standard input.
 *
 * Arguments: endpoint, table, key's name, key's value, lease in milliseconds, heartbeat in milliseconds.
 * Input, a line each: acquire, release. Output, a line each: ready, held, released.
 */
final class AwslabsHolder {
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
    AcquireLockOptions how = AcquireLockOptions.builder(args[3])
        .withTimeUnit(TimeUnit.MILLISECONDS)
        .withRefreshPeriod(100L)
        .withAdditionalTimeToWaitForLock(600_000L)
        .withDeleteLockOnRelease(false)
        .build();
    System.out.println("ready");
    LockItem lock = null;
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      if (line.equals("acquire")) {
        lock = client.acquireLock(how);
        System.out.println("held");
      }
      if (line.equals("release") && lock != null) {
        client.releaseLock(lock);
        System.out.println("released");
      }
    }
    System.exit(0);
  }
}
