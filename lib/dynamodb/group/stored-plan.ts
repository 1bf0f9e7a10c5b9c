/**
 * A plan's body as stored: two bytes an owner, so that 10,000 partitions are one item and 20 read units.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { NOBODY, type Pin, type PlanBody, type Refusal } from '../../core/group/rows.ts';
import { MalformedDataError } from '../../errors.ts';
import {
  attributeReader,
  type Item,
  milliseconds,
  type Parse,
  text,
  wholeNumber,
} from '../table/attribute-reader.ts';

/** What two bytes say of a partition without an owner. */
const NO_OWNER = 0xff_ff;

export function encodePlan(plan: PlanBody): Record<string, AttributeValue> {
  const owners = new Uint8Array(plan.owners.length * 2);
  const view = new DataView(owners.buffer);
  plan.owners.forEach((owner, partition) => {
    view.setUint16(partition * 2, owner === NOBODY ? NO_OWNER : owner);
  });
  const texts = (all: readonly string[]) => ({ L: all.map((one) => ({ S: one })) });
  const wish = (one: Partial<Pin> & Pick<Pin, 'partition'>) => ({
    M: {
      partition: { N: String(one.partition) },
      ...(one.untilEpochMs === undefined ? {} : { untilEpochMs: { N: String(one.untilEpochMs) } }),
      ...(one.memberId === undefined ? {} : { memberId: { S: one.memberId } }),
    },
  });
  return {
    ':members': texts(plan.members),
    ':leavers': texts(plan.leavers),
    ':owners': { B: owners },
    ':pins': { L: plan.pins.map(wish) },
    ':refusals': { L: plan.refusals.map(wish) },
  };
}

/** @throws MalformedDataError for a body that does not parse. */
export function decodePlan(group: string, item: Item): PlanBody {
  const read = attributeReader(item);
  const plan = {
    members: read.required('members', listOf(text)),
    leavers: read.required('leavers', listOf(text)),
    owners: read.required('owners', ownersOf),
    pins: read.required('pins', listOf(pin)),
    refusals: read.required('refusals', listOf(refusal)),
  };
  const lost = [...read.malformed];
  // An owner that is no member would leave its partition without a leader until the next plan.
  const isMember = (owner: number) => owner < plan.members.length;
  if (lost.length === 0 && !plan.owners.every(isMember)) lost.push('owners');
  if (lost.length === 0) return plan;
  throw new MalformedDataError(
    `a plan of group ${JSON.stringify(group)} does not parse at ${lost.join(', ')}; ` +
      'its members keep what they lead, and the next plan replaces it',
  );
}

function listOf<T>(entry: Parse<T>): Parse<readonly T[]> {
  return ({ L }) => {
    const entries = L?.flatMap((value) => entry(value) ?? []);
    return entries?.length === L?.length ? entries : undefined;
  };
}

const pin: Parse<Pin> = ({ M = {} }) => {
  const read = attributeReader(M);
  const found = {
    partition: read.required('partition', wholeNumber),
    memberId: read.optional('memberId', text),
    untilEpochMs: read.required('untilEpochMs', milliseconds),
  };
  return read.malformed.length === 0 ? found : undefined;
};

const refusal: Parse<Refusal> = ({ M = {} }) => {
  const read = attributeReader(M);
  const found = {
    partition: read.required('partition', wholeNumber),
    memberId: read.required('memberId', text),
  };
  return read.malformed.length === 0 ? found : undefined;
};

const ownersOf: Parse<readonly number[]> = ({ B }) => {
  if (B === undefined) return undefined;
  const view = new DataView(B.buffer, B.byteOffset, B.byteLength);
  return Array.from({ length: B.byteLength >> 1 }, (_, partition) => {
    const owner = view.getUint16(partition * 2);
    return owner === NO_OWNER ? NOBODY : owner;
  });
};
