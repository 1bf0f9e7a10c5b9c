/**
 * What a fence needs to know: the term whose token it writes, and the attributes that it keeps in
 * each row.
 *
 * Decides the defaults and which options are allowed.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { formatToken, MAX_TOKEN, type Token } from '../../core/token.ts';
import { InvalidOptionsError } from '../../errors.ts';
import { unknownOptions } from '../../option-problems.ts';
import type { Term } from '../../ports.ts';

/** The part of a `Term` that fenced writes read. */
export type FencingTerm = Pick<
  Term,
  'election' | 'candidateId' | 'token' | 'remainingMs' | 'throwIfOver' | 'lease' | 'journal'
>;

/** What `fenced` takes. */
export interface FenceOptions {
  /** Where each row keeps the highest token that wrote it. Default `fencingToken`. */
  readonly stampAttribute?: string | undefined;
  /** Marks a row that was deleted through a fence. Default: the stamp's name and `Tombstone`. */
  readonly tombstoneAttribute?: string | undefined;
  /** Keeps the stamp in what reads and writes return. Default: the stamp is taken out. */
  readonly showStamp?: boolean | undefined;
  /**
   * `stamp`: refuses once a newer leader has written the same row; costs nothing. `lease`: refuses
   * from the instant a newer leader is elected; each write becomes a transaction, at about four times
   * the write units. Default `stamp`.
   */
  readonly check?: 'stamp' | 'lease' | undefined;
  /**
   * Tables where every write of every leader is lease-checked, so that deleted rows really go. All
   * code that writes such a table must say so. Default: none, and a delete leaves a tombstone.
   */
  readonly leaseChecked?: readonly string[] | undefined;
}

/** The options with their defaults, and the term. */
export interface Fence {
  readonly term: FencingTerm;
  readonly token: Token;
  /** The token as DynamoDB's type N. */
  readonly tokenValue: AttributeValue;
  readonly stampAttribute: string;
  readonly tombstoneAttribute: string;
  readonly showStamp: boolean;
  readonly check: 'stamp' | 'lease';
  readonly leaseChecked: ReadonlySet<string>;
}

/** A row as the wire has it. */
export type Row = Record<string, AttributeValue>;

const KNOWN = new Set([
  'stampAttribute',
  'tombstoneAttribute',
  'showStamp',
  'check',
  'leaseChecked',
]);

/** @throws InvalidOptionsError */
export function fenceOf(term: FencingTerm, options: FenceOptions): Fence {
  const stampAttribute = options.stampAttribute ?? 'fencingToken';
  const fence: Fence = {
    term,
    token: term.token,
    tokenValue: { N: formatToken(term.token) },
    stampAttribute,
    tombstoneAttribute: options.tombstoneAttribute ?? `${stampAttribute}Tombstone`,
    showStamp: options.showStamp ?? false,
    check: options.check ?? 'stamp',
    leaseChecked: new Set((options.leaseChecked ?? []).map(tableNameOf)),
  };
  const problems = [...problemsOf(fence), ...unknownOptions(options, KNOWN, { of: 'a fence' })];
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  return fence;
}

function problemsOf(fence: Fence): readonly string[] {
  const problems: string[] = [];
  if (typeof fence.token !== 'bigint' || fence.token < 0n || fence.token > MAX_TOKEN) {
    problems.push(
      `token must be a bigint from 0 to ${MAX_TOKEN} (type N holds 38 digits), got ${fence.token}; ` +
        'pass the term that campaign() returned',
    );
  }
  if (fence.stampAttribute === '' || fence.tombstoneAttribute === fence.stampAttribute) {
    problems.push(
      `stampAttribute and tombstoneAttribute must be two names, got "${fence.stampAttribute}" and ` +
        `"${fence.tombstoneAttribute}"; name them differently`,
    );
  }
  if ((fence.check === 'lease' || fence.leaseChecked.size > 0) && fence.term.lease === undefined) {
    problems.push(
      `a lease check needs an election that is kept in a table, got ${fence.term.election}, which ` +
        'has no record; leave check and leaseChecked out, or elect with dynamoDbLease()',
    );
  }
  if (fence.check !== 'stamp' && fence.check !== 'lease') {
    problems.push(`check must be "stamp" or "lease", got ${JSON.stringify(fence.check)}; pass one`);
  }
  return problems;
}

/** The name at the end of a table's ARN, or the name itself. */
export function tableNameOf(table: string | undefined): string {
  return table?.split(':table/').at(-1)?.split('/')[0] ?? '';
}

/** Whether rows of this table leave a tombstone, because not every write to it is lease-checked. */
export function keepsTombstones(fence: Fence, table: string | undefined): boolean {
  return !fence.leaseChecked.has(tableNameOf(table));
}

/** Whether a write to this table is a transaction that demands the election's record. */
export function isLeaseChecked(fence: Fence, table: string | undefined): boolean {
  return fence.check === 'lease' || !keepsTombstones(fence, table);
}
