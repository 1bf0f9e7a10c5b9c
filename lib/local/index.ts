/** Local stand-ins of the AWS services, for `tenure local`, the demo, the tests and the benchmarks. */
export {
  ENDPOINT_VARIABLES,
  type LocalDynamoDb,
  type LocalDynamoDbOptions,
  localDynamoDb,
  startDynamoDbLocal,
} from './dynamodb.ts';
export { type LocalSqs, type LocalSqsOptions, localSqs, startSqsLocal } from './sqs.ts';
