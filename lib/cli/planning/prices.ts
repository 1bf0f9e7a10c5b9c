/**
 * List prices, in one place. Region us-east-1, without free tiers, discounts or storage.
 *
 * Taken on 2026-11-20 and 21, not from AWS's own pages, which could not be read then, but from the four
 * reports of them that `sources` names. Compare with https://aws.amazon.com/dynamodb/pricing/on-demand/,
 * https://aws.amazon.com/sqs/pricing/, https://aws.amazon.com/fargate/pricing/ and
 * https://aws.amazon.com/lambda/pricing/.
 */
export const PRICES = {
  region: 'us-east-1',
  date: '2026-11-20',
  sources: [
    'https://airbyte.com/data-engineering-resources/dynamodb-pricing',
    'https://cloudburn.io/blog/amazon-sqs-pricing',
    'https://www.vantage.sh/blog/fargate-pricing',
    'https://cloudchipr.com/blog/aws-lambda-pricing',
  ],
  dollarsPerMillion: {
    /** One write of up to 1 KB; a failed condition costs the same. */
    writeUnits: 0.625,
    /** One strongly consistent read of up to 4 KB; an eventually consistent one costs half of it. */
    readUnits: 0.125,
    standardQueueRequests: 0.4,
    fifoQueueRequests: 0.5,
    lambdaRequests: 0.2,
  },
  /** Fargate on ARM, Linux, on demand. */
  fargateDollarsAnHour: { vcpu: 0.03238, gb: 0.00356 },
  /** Lambda on ARM: while a function runs. */
  lambdaDollarsPerGbSecond: 0.0000133334,
  /** Lambda on ARM: while an environment is kept ready, whether or not it runs. */
  provisionedDollarsPerGbSecond: 0.0000033334,
} as const;

/** 365 days of 24 hours, by twelve. */
export const HOURS_A_MONTH = 730;
