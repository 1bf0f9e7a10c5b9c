/**
 * Permissions on a lease table, as grants.
 *
 * Decides nothing about which action a role needs: that is `lib/dynamodb/table/permissions.ts`. Adds what
 * only the deployment knows: the table's ARN in each of its Regions, and the user's own key.
 */
import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import {
  keyStatement,
  type TableRole,
  tableStatements,
} from '../../../lib/dynamodb/table/permissions.ts';
import { electionNameProblems } from '../election/election-name.ts';
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
  refuse(scope, elections.flatMap(electionNameProblems));
  const statements = [...tableStatements({ role, elections, tableArns: table.tableArns })];
  if (table.keyArns.length > 0) {
    const { urlSuffix } = Stack.of(scope);
    const viaServices = table.regions.map((region) => `dynamodb.${region}.${urlSuffix}`);
    statements.push(keyStatement({ role, keyArns: table.keyArns, viaServices }));
  }
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
