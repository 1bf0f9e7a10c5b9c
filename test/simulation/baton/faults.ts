/** The faults of the baton's simulation: those of any call and of any process, and the queue's own. */
import { ACCOUNT_ERRORS } from '../shared/faults/account-errors.ts';
import { CALL_FAULTS } from '../shared/faults/call-faults.ts';
import type { EventTable, FaultEntry } from '../shared/faults/fault-table.ts';
import { PROCESS_FAULTS } from '../shared/faults/process-faults.ts';
import type { Participant, World } from './world.ts';

export const EVENT_FAULTS: EventTable<World, Participant> = {
  ...PROCESS_FAULTS,
  'cut-from-queue': {
    strike({ schedule, random, cut }, { process }, leftMs) {
      cut.add(process);
      const untilMs = schedule.nowMs + Math.min(random.between(200, 20_000), leftMs);
      schedule.at(untilMs, () => cut.delete(process));
      return true;
    },
  },
  'account-refuses': {
    strike({ schedule, random, refusing }, { process }, leftMs) {
      refusing.set(process, random.pick(ACCOUNT_ERRORS));
      const untilMs = schedule.nowMs + Math.min(random.between(200, 20_000), leftMs);
      schedule.at(untilMs, () => refusing.delete(process));
      return true;
    },
  },
  'resigned-by-hand': {
    strike(_, { term }) {
      void term?.resign();
      return term !== undefined;
    },
  },
};

export const FAULTS: Readonly<Record<string, FaultEntry>> = { ...CALL_FAULTS, ...EVENT_FAULTS };
