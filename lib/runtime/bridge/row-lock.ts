/**
 * A lock that is one row of a DynamoDB table, in the format of another lock client, held by that client's rules.
 *
 * Both formats work alike. Each write of a holder sets a fresh version, and is conditional on the version
 * before. A candidate that has seen one version for its whole lease, by its own clock, may replace it.
 */
import { observedElapsedMs, type Reading } from '../../core/time/instant.ts';
import { pause } from '../../pause.ts';
import { withDeadline } from '../clock/deadline.ts';
import type { OtherLock } from './bridged.ts';
import {
  type Beat,
  keepLease,
  type LeaseOptions,
  type LeaseRhythm,
  rhythmOf,
} from './kept-lease.ts';

type Values = Readonly<Record<string, unknown>>;

interface CallOptions {
  readonly abortSignal?: AbortSignal;
}

/** The part of a `DynamoDBDocument` of `@aws-sdk/lib-dynamodb` that a lock needs. */
export interface LockDocuments {
  get(
    input: { TableName: string; Key: Record<string, string>; ConsistentRead: boolean },
    options: CallOptions,
  ): Promise<{ readonly Item?: Values | undefined }>;
  update(
    input: {
      TableName: string;
      Key: Record<string, string>;
      UpdateExpression: string;
      ConditionExpression: string;
      ExpressionAttributeNames: Record<string, string>;
      ExpressionAttributeValues: Record<string, unknown>;
    },
    options: CallOptions,
  ): Promise<unknown>;
}

/** Where the lock is, and how long it is held. */
export interface RowLockOptions extends LeaseOptions {
  readonly documents: LockDocuments;
  readonly tableName: string;
  /** The key of the lock's row, with the names and values that the programs of today use. */
  readonly key: Readonly<Record<string, string>>;
  /** Who holds the lock, for people who read the table. Default: `tenure`. */
  readonly owner?: string | undefined;
}

/** A row as another client wrote it. */
export interface SeenRow {
  readonly version: string | Uint8Array;
  readonly leaseDurationMs: number;
  readonly isFree: boolean;
  readonly row: Values;
}

/** How one client writes its rows. */
export interface RowFormat {
  /** The attribute that is new with each write. */
  readonly versionName: string;
  newVersion(): string | Uint8Array;
  /** `undefined` for a row that is no lock of this format. */
  read(row: Values): Omit<SeenRow, 'row'> | undefined;
  /** What a holder sets: with its first write, with a heartbeat, and with its release. */
  acquired(seen: SeenRow | undefined): RowChange;
  beaten(): RowChange;
  released(): RowChange;
}

export interface RowChange {
  readonly set: Values;
  readonly remove?: readonly string[];
}

type Written = 'written' | 'refused' | 'unknown';
type Version = SeenRow['version'];

export function rowLock(options: RowLockOptions, format: RowFormat): OtherLock {
  const rhythm = rhythmOf(options);
  const { everyMs, clock } = rhythm;
  const row = lockedRow(options, format, rhythm);
  let watched: { readonly version: Version; readonly since: Reading } | undefined;
  /** The version of a write that may have been applied, in an attempt that holds nothing. */
  let orphan: Version | undefined;

  function isFree(seen: SeenRow): boolean {
    if (seen.isFree || isSame(seen.version, orphan)) return true;
    if (watched === undefined || !isSame(watched.version, seen.version)) return false;
    return observedElapsedMs(watched.since, clock.now()) >= seen.leaseDurationMs;
  }

  /** Reads until the lock may be taken; resolves with the row to take it from. */
  async function vacancy(signal: AbortSignal): Promise<SeenRow | undefined> {
    for (;;) {
      signal.throwIfAborted();
      const seen = await row.read(signal);
      signal.throwIfAborted();
      if (seen === undefined || isFree(seen)) return seen;
      // Counted from after the read that showed this version first.
      if (!isSame(seen.version, watched?.version)) {
        watched = { version: seen.version, since: clock.now() };
      }
      await pause(clock, everyMs, signal);
    }
  }

  return {
    async acquire(signal) {
      for (;;) {
        const seen = await vacancy(signal);
        const version = format.newVersion();
        const since = clock.now();
        const written = await row.write(format.acquired(seen), version, seen && [seen.version]);
        const held = holder(row, format, version);
        if (written === 'written' && !signal.aborted) {
          return keepLease(rhythm, { ...held, since });
        }
        // Refused also where an earlier attempt of the SDK did write it.
        orphan = version;
        if (written === 'refused') continue;
        await held.release();
        signal.throwIfAborted();
        throw new Error('the write that takes the lock was not answered');
      }
    },
  };
}

/** The heartbeats and the release of who holds the row. */
function holder(row: ReturnType<typeof lockedRow>, format: RowFormat, first: Version) {
  let confirmed = first;
  let pending: Version | undefined;
  const confirm = (): Beat => {
    confirmed = pending ?? confirmed;
    pending = undefined;
    return 'held';
  };
  return {
    async beat(signal: AbortSignal): Promise<Beat> {
      pending ??= format.newVersion();
      const written = await row.write(format.beaten(), pending, [confirmed], signal);
      if (written === 'written') return confirm();
      if (written === 'unknown') return 'unknown';
      const seen = await row.read(signal);
      if (isSame(seen?.version, pending)) return confirm();
      return isSame(seen?.version, confirmed) ? 'unknown' : 'gone';
    },
    async release(): Promise<void> {
      const mine = pending === undefined ? [confirmed] : [confirmed, pending];
      const written = await row.write(format.released(), format.newVersion(), mine);
      if (written === 'unknown') throw new Error('the release of the lock was not answered');
    },
  };
}

function lockedRow(options: RowLockOptions, format: RowFormat, { clock, everyMs }: LeaseRhythm) {
  const { documents, tableName: TableName } = options;
  const Key = { ...options.key };
  const [partitionKey = ''] = Object.keys(Key);
  const inTime = <T>(call: (abortSignal: AbortSignal) => Promise<T>, late: (cause: unknown) => T) =>
    withDeadline(clock, everyMs, call, late);

  return {
    /** Rejects where the table cannot be read, or the row is no lock of this format. */
    async read(signal: AbortSignal): Promise<SeenRow | undefined> {
      const answer = await inTime<{ readonly Item?: Values | undefined } | { cause: unknown }>(
        (late) =>
          documents.get(
            { TableName, Key, ConsistentRead: true },
            { abortSignal: AbortSignal.any([late, signal]) },
          ),
        (cause) => ({ cause }),
      );
      signal.throwIfAborted();
      if ('cause' in answer) throw answer.cause;
      const row = 'Item' in answer ? answer.Item : undefined;
      if (row === undefined) return undefined;
      const seen = format.read(row);
      if (seen !== undefined) return { ...seen, row };
      throw new Error(
        `the row ${JSON.stringify(Key)} of table ${TableName} is no lock of this kind`,
      );
    },

    /** Writes only where the row has one of these versions, or where there is none. */
    async write(
      { set, remove = [] }: RowChange,
      version: Version,
      from: readonly Version[] | undefined,
      signal?: AbortSignal,
    ): Promise<Written> {
      const attributes = Object.entries({ ...set, [format.versionName]: version });
      const names = Object.fromEntries([
        ...attributes.map(([name], at) => [`#s${at}`, name]),
        ...remove.map((name, at) => [`#r${at}`, name]),
        ['#guard', from === undefined ? partitionKey : format.versionName],
      ]);
      const values = Object.fromEntries([
        ...attributes.map(([, value], at) => [`:s${at}`, value]),
        ...(from ?? []).map((one, at) => [`:from${at}`, one]),
      ]);
      const sets = attributes.map((_, at) => `#s${at} = :s${at}`).join(', ');
      const removes = remove.map((_, at) => `#r${at}`).join(', ');
      const input = {
        ...{ TableName, Key },
        UpdateExpression: `SET ${sets}${removes && ` REMOVE ${removes}`}`,
        // Without it two programs would take one vacancy.
        ConditionExpression:
          from?.map((_, at) => `#guard = :from${at}`).join(' OR ') ??
          'attribute_not_exists(#guard)',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: values,
      };
      return inTime<Written>(
        async (late) => {
          const abortSignal = signal ? AbortSignal.any([late, signal]) : late;
          await documents.update(input, { abortSignal });
          return 'written';
        },
        (cause) =>
          (cause as Error).name === 'ConditionalCheckFailedException' ? 'refused' : 'unknown',
      );
    },
  };
}

function isSame(a: Version | undefined, b: Version | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b && a !== undefined;
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
