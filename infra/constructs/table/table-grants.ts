/**
 * Permissions on a lease table, as grants.
 *
 * Decides nothing about which action a role needs: that is `lib/dynamodb/table/permissions.ts`. Adds what
 * only the deployment knows: the table's ARN in each of its Regions, and the user's own key.
 */
import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import {
  type IamStatement,
  keyStatement,
  type TableRole,
  tableStatements,
} from '../../../lib/dynamodb/table/permissions.ts';
import { namedElections, namedElectionsProblems } from '../election/election-name.ts';
import { refuse } from '../election/refusal.ts';

/** What a grant has to know of a table, asked when the grant is made. */
export interface GrantedTable {
  /** One per Region. */
  readonly tableArns: readonly string[];
  /** Empty where AWS owns the key: then no permission on it is needed. */
  readonly keyArns: readonly string[];
  readonly regions: readonly string[];
}

/** Gives `grantee` one role in these elections, and no other. */
export function grantRole(of: {
  readonly scope: IConstruct;
  readonly grantee: IGrantable;
  readonly role: TableRole;
  readonly elections: readonly string[];
  readonly table: GrantedTable;
}): Grant {
  const { scope, grantee, role, elections, table } = of;
  refuse(scope, elections.length === 0 ? ['name at least one election'] : []);
  refuse(scope, namedElectionsProblems(elections));
  const { tableArns } = table;
  const statements = [...tableStatements({ role, ...namedElections(elections), tableArns })];
  if (table.keyArns.length > 0) {
    const { urlSuffix } = Stack.of(scope);
    const viaServices = table.regions.map((region) => `dynamodb.${region}.${urlSuffix}`);
    statements.push(keyStatement({ role, keyArns: table.keyArns, viaServices }));
  }
  refuse(scope, sizeProblems(statements, { elections, to: grantee.grantPrincipal }));
  return statements
    .map((statement) =>
      Grant.addToPrincipal({
        grantee,
        actions: [...statement.Action],
        resourceArns: [...statement.Resource],
        ...(statement.Condition === undefined ? {} : { conditions: statement.Condition }),
      }),
    )
    .reduce((all, one) => all.combine(one));
}

/** IAM's quota on all inline policies of a role together, in characters without white space. */
const INLINE_CHARACTERS_MAX = 10_240;
/** Left for what else the role may do. */
const OTHER_CHARACTERS = 1_240;
/** Of a table or a key, whose name is known when it is deployed. */
const ARN_CHARACTERS = 150;

/** What each principal was granted so far: a statement that is granted twice is rendered once. */
const granted = new WeakMap<IPrincipal, ReadonlyMap<string, number>>();

/**
 * A grant that IAM would refuse when it is deployed is refused when it is made. All grants of a principal
 * count together: CDK moves what is too long for a role into managed policies, which take less each, and
 * leaves it as it is for a role that it did not make.
 */
function sizeProblems(
  statements: readonly IamStatement[],
  { elections, to }: { readonly elections: readonly string[]; readonly to: IPrincipal },
): readonly string[] {
  const all = new Map([...(granted.get(to) ?? []), ...statements.map(measured)]);
  granted.set(to, all);
  const characters = [...all.values()].reduce((sum, one) => sum + one, 0);
  const most = INLINE_CHARACTERS_MAX - OTHER_CHARACTERS;
  if (characters <= most) return [];
  return [
    `the grants of a role must take at most ${most} characters of the ${INLINE_CHARACTERS_MAX} that IAM has ` +
      `for its inline policies, got ${characters} with these ${elections.length} elections; grant a prefix ` +
      "such as 'orders-*', or give each role fewer elections",
  ];
}

function measured(statement: IamStatement): [statement: string, characters: number] {
  const { Resource, ...rest } = statement;
  return [
    JSON.stringify(statement),
    JSON.stringify(rest).length + Resource.length * ARN_CHARACTERS,
  ];
}
