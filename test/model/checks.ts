/**
 * What spin must check: each model at its bounds, and each broken protocol with the rule that it lacks.
 *
 * Bounds are chosen so that the whole list takes about a minute on two cores; the sound models visit
 * every reachable state, and a mutant's bounds are the smallest at which its trace exists.
 */
export interface ModelCheck {
  readonly model: 'lease' | 'fence' | 'baton' | 'partitions';
  readonly proves: string;
  /** Preprocessor definitions, `NAME` or `NAME=value`. */
  readonly define: readonly string[];
  readonly liveness?: true;
  /** Searches the shortest traces first, for a mutant whose depth-first search takes too long. */
  readonly breadth?: true;
  /** Set for a mutant: the claim or assertion that must fail, as a part of spin's own words. */
  readonly violates?: string;
}

const C1 = 'leadLeft>0';
const S1 = '>=fence';
const S2 = 'holderOf';

const leaseMutant = (name: string, violates: string, ...define: string[]): ModelCheck => ({
  model: 'lease',
  proves: name,
  define: [`MUTANT_${name}`, ...(define.length > 0 ? define : ['WRITES_0=2', 'WRITES_1=1'])],
  violates,
});

const mutantOf =
  (model: 'fence' | 'baton' | 'partitions') =>
  (name: string, violates: string, ...define: string[]): ModelCheck => ({
    model,
    proves: name,
    define: [`MUTANT_${name}`, ...define],
    violates,
  });
const fenceMutant = mutantOf('fence');
const batonMutant = mutantOf('baton');
/** C1 of two members, as spin writes it. */
const P1 = 'leadLeft>0))&&';
const partitionsMutant = (name: string, violates: string, ...define: string[]): ModelCheck => ({
  ...mutantOf('partitions')(name, violates, 'TAKES=1', ...define),
  breadth: true,
});

/** A mutant that fails only with a heartbeat, of a member with one id. */
const renewed = (name: string, ...define: string[]): ModelCheck =>
  mutantOf('partitions')(name, P1, 'TAKES=1', 'IDS=1', ...define);

/*
 * Of `partitions`: where a member takes a second id, no lease is renewed, since every state of both would take
 * hours. With heartbeats it has one id. The simulator plays thousands of ids and of heartbeats.
 */
export const SOUND: readonly ModelCheck[] = [
  { model: 'partitions', proves: 'C1 S2 S3 of one lease each', define: ['TAKES=1', 'BEATS=0'] },
  {
    model: 'partitions',
    proves: 'C1 S2 S3 with heartbeats, late ones too',
    define: ['TAKES=1', 'BEATS=2', 'IDS=1', 'LEASE=2'],
  },
  {
    model: 'partitions',
    proves: 'C1 with an operator who deposes and waits',
    define: ['TAKES=1', 'BEATS=0', 'OPERATOR'],
  },
  {
    model: 'partitions',
    proves: 'C1 with a row that is deleted',
    define: ['TAKES=1', 'BEATS=0', 'DELETION'],
  },
  {
    model: 'partitions',
    proves: 'C1 with a partition that is reseeded',
    define: ['TAKES=1', 'BEATS=0', 'IDS=1', 'RESEED', 'OPERATOR', 'DELETION'],
  },
  { model: 'lease', proves: 'S2 S3 S6 C1', define: ['WRITES_0=3', 'WRITES_1=1'] },
  { model: 'lease', proves: 'S2 S3 S6 C1, terms in turn', define: ['WRITES_0=2', 'WRITES_1=2'] },
  {
    model: 'lease',
    proves: 'S1 at a resource',
    define: ['RESOURCE', 'WRITES_0=2', 'WRITES_1=1'],
  },
  {
    model: 'lease',
    proves: 'C1 with an operator who deposes',
    define: ['OPERATOR', 'WRITES_0=2', 'WRITES_1=1'],
  },
  {
    model: 'lease',
    proves: 'C1 under a stated clock bound',
    define: ['CLOCK_BOUND', 'WRITES_0=2', 'WRITES_1=1'],
  },
  {
    model: 'lease',
    proves: 'S2 S3 S6 C1 with a last will',
    define: ['WILL', 'WRITES_0=2', 'WRITES_1=1'],
  },
  {
    model: 'lease',
    proves: 'liveness: the survivor leads',
    define: ['WRITES_0=2', 'WRITES_1=5', 'FAULTS=1'],
    liveness: true,
  },
  { model: 'fence', proves: 'S1 S5', define: [] },
  { model: 'fence', proves: 'S1 of blind writes', define: ['BLIND'] },
  { model: 'baton', proves: 'C1 S2', define: [] },
  {
    model: 'baton',
    proves: 'liveness: the survivor leads',
    define: ['RECEIVES_1=2', 'CALLS_1=4', 'FAULTS=1'],
    liveness: true,
  },
];

export const MUTANTS: readonly ModelCheck[] = [
  leaseMutant('NO_MARGIN', C1),
  leaseMutant('EARLY_TAKEOVER', C1),
  leaseMutant('RELATIVE_INCREMENT', 'record.token==flight'),
  leaseMutant('RENEW_WITHOUT_REVISION', C1, 'WRITES_0=3', 'WRITES_1=1'),
  leaseMutant('RELEASE_UNCONDITIONAL', 'record.holder==c'),
  leaseMutant('DELETE_ON_RELEASE', S2),
  leaseMutant('OBSERVED_FROM_SENDING', C1),
  leaseMutant('LEASE_FROM_ANSWER', C1),
  leaseMutant('LEASE_FROM_RETRY', C1),
  leaseMutant('RENEW_ADOPTED', C1, 'WRITES_0=3', 'WRITES_1=1'),
  leaseMutant('LEAD_WHILE_RELEASING', C1),
  leaseMutant('NO_FENCE', S1, 'RESOURCE', 'WRITES_0=1', 'WRITES_1=1'),
  leaseMutant('CLOCKS_BEYOND_BOUND', C1, 'CLOCK_BOUND', 'WRITES_0=2', 'WRITES_1=1'),
  leaseMutant('DEPOSE_NOW', C1, 'OPERATOR', 'WRITES_0=1', 'WRITES_1=1'),
  leaseMutant('WILL_ON_SILENCE', C1, 'WILL', 'WRITES_0=1', 'WRITES_1=1'),
  leaseMutant('WILL_ON_CLOSED_CHANNEL', C1, 'WILL', 'WRITES_0=1', 'WRITES_1=1'),
  leaseMutant('WILL_BEFORE_COMMAND_GONE', C1, 'WILL', 'WRITES_0=1', 'WRITES_1=1'),
  leaseMutant('WILL_WITHOUT_TOKEN', 'record.holder==c', 'WILL', 'WRITES_0=2', 'WRITES_1=1'),
  {
    ...leaseMutant(
      'FORGETFUL_OBSERVER',
      'acceptance cycle',
      'WRITES_0=1',
      'WRITES_1=4',
      'FAULTS=1',
    ),
    liveness: true,
  },
  fenceMutant('NO_FENCE', 't>=highest'),
  fenceMutant('LEASE_CHECK_WITHOUT_STAMP', 't>=highest', 'BLIND'),
  fenceMutant('DELETE_UNDER_LEASE_CHECK', 't>=highest'),
  fenceMutant('STATE_BY_PLAIN_READ', 'acknowledged'),
  batonMutant('NO_MARGIN', C1),
  batonMutant('DEDUPLICATION_ID_REPEATS', 'token>lastToken'),
  batonMutant('TOKEN_OF_RECEIVED', 'token>lastToken'),
  batonMutant('TOKEN_COUNTS_LATE', C1),
  batonMutant('HELD_FROM_ANSWER', C1),
  batonMutant('LEAD_WHILE_RESIGNING', C1),
  {
    ...batonMutant(
      'SUCCESSOR_UNCONFIRMED',
      'acceptance cycle',
      'RECEIVES_1=2',
      'CALLS_1=4',
      'FAULTS=1',
    ),
    liveness: true,
  },
  partitionsMutant('NO_MARGIN', P1, 'BEATS=0'),
  partitionsMutant('ACQUIRE_ON_PLAN', P1),
  partitionsMutant('EARLY_DEPOSE', P1),
  partitionsMutant('GONE_BEFORE_OVER', P1),
  partitionsMutant('LAPSED_REVIVED', 'wasOver'),
  partitionsMutant('ID_USED_AGAIN', P1),
  partitionsMutant('LEAD_WHILE_RELEASING', P1),
  partitionsMutant('OPERATOR_VACATES', P1, 'BEATS=0', 'OPERATOR'),
  partitionsMutant('DEPOSE_NOW', P1, 'BEATS=0', 'OPERATOR'),
  partitionsMutant('ABSENT_IS_GONE', P1, 'BEATS=0', 'DELETION'),
  partitionsMutant('RESEED_AT_ONCE', P1, 'BEATS=0', 'IDS=1', 'RESEED', 'DELETION'),
  ...['DEPOSE_WITHOUT_REVISION', 'LEASE_FROM_RETRY'].map((name) =>
    renewed(name, 'BEATS=1', 'LEASE=2'),
  ),
  renewed('BEAT_WITHOUT_REVISION', 'BEATS=2', 'LEASE=2'),
];
