/**
 * List prices, in one place. Region us-east-1, without free tiers, discounts or storage.
 *
 * Taken on 2026-11-20, not from AWS's own pages, which could not be read then, but from two reports of
 * them: https://airbyte.com/data-engineering-resources/dynamodb-pricing (on-demand prices after the
 * reduction of November 2024) and https://cloudburn.io/blog/amazon-sqs-pricing (March 2026). Compare
 * with https://aws.amazon.com/dynamodb/pricing/on-demand/ and https://aws.amazon.com/sqs/pricing/.
 */
export const PRICES = {
  region: 'us-east-1',
  date: '2026-11-20',
  sources: [
    'https://airbyte.com/data-engineering-resources/dynamodb-pricing',
    'https://cloudburn.io/blog/amazon-sqs-pricing',
  ],
  dollarsPerMillion: {
    /** One write of up to 1 KB; a failed condition costs the same. */
    writeUnits: 0.625,
    /** One strongly consistent read of up to 4 KB; an eventually consistent one costs half of it. */
    readUnits: 0.125,
    standardQueueRequests: 0.4,
    fifoQueueRequests: 0.5,
  },
} as const;

/** 365 days of 24 hours, by twelve. */
export const HOURS_A_MONTH = 730;
