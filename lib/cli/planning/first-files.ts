/**
 * What a new user's folder begins with. Pure: names and texts.
 */
import {
  PARTITION_KEY,
  SORT_KEY,
  TABLE_DEFINITION,
  TTL_ATTRIBUTE,
  tableStatements,
} from '../../dynamodb/index.ts';

export type TableMaker = 'cloudformation' | 'terraform' | 'create';

export interface FirstFile {
  readonly name: string;
  readonly text: string;
}

export interface FirstHour {
  readonly files: readonly FirstFile[];
  /** The commands that come next, in order. */
  readonly next: readonly string[];
}

interface Wish {
  readonly election: string;
  readonly tableName: string;
  readonly as: TableMaker;
}

export function firstFiles(wish: Wish): FirstHour {
  const common = [
    { name: 'lead.mjs', text: programOf(wish) },
    { name: 'tenure-policy.json', text: policyOf(wish) },
  ];
  const start = ['npm install tenure @aws-sdk/client-dynamodb', 'node lead.mjs'];
  switch (wish.as) {
    case 'cloudformation': {
      const name = 'tenure.template.json';
      const deploy = `aws cloudformation deploy --stack-name tenure --template-file ${name}`;
      return {
        files: [...common, { name, text: templateOf(wish) }],
        next: [deploy, ...start],
      };
    }
    case 'terraform':
      return {
        files: [...common, { name: 'tenure.tf', text: terraformOf(wish) }],
        next: ['terraform init && terraform apply', ...start],
      };
    case 'create':
      return { files: common, next: start };
  }
}

function programOf({ election, tableName }: Wish): string {
  return `import { createElection } from 'tenure';
import { dynamoDbLease } from 'tenure/dynamodb';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());

const election = createElection({
  name: ${JSON.stringify(election)},
  via: dynamoDbLease({ tableName: ${JSON.stringify(tableName)} }),
});

await election.leadWhile(
  async (term) => {
    console.log(\`leading, term \${term.token}\`);
    for (;;) {
      term.throwIfOver(); // before each side effect that carries no token
      console.log('working');
      await term.sleep(1_000);
    }
  },
  { signal: stop.signal },
);
`;
}

function policyOf({ election, tableName }: Wish): string {
  const tableArns = [`arn:aws:dynamodb:*:*:table/${tableName}`];
  const Statement = tableStatements({ role: 'candidate', elections: [election], tableArns });
  return json({ Version: '2012-10-17', Statement });
}

function templateOf({ tableName }: Wish): string {
  const { KeySchema, AttributeDefinitions, BillingMode } = TABLE_DEFINITION;
  return json({
    AWSTemplateFormatVersion: '2010-09-09',
    Description:
      'The lease table of Tenure. It is kept when the stack is deleted: tokens must not start again.',
    Resources: {
      LeaseTable: {
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          TableName: tableName,
          ...{ KeySchema, AttributeDefinitions, BillingMode },
          TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
          DeletionProtectionEnabled: true,
        },
      },
    },
    Outputs: { TableName: { Value: { Ref: 'LeaseTable' } } },
  });
}

function terraformOf({ tableName }: Wish): string {
  const attributes = [PARTITION_KEY, SORT_KEY].map(
    (key) => `  attribute {\n    name = "${key}"\n    type = "S"\n  }\n`,
  );
  return `# The lease table of Tenure. It is never destroyed: tokens must not start again.
resource "aws_dynamodb_table" "tenure" {
  name                        = ${JSON.stringify(tableName)}
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "${PARTITION_KEY}"
  range_key                   = "${SORT_KEY}"
  deletion_protection_enabled = true

${attributes.join('\n')}
  ttl {
    attribute_name = "${TTL_ATTRIBUTE}"
    enabled        = true
  }

  lifecycle {
    prevent_destroy = true
  }
}
`;
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
