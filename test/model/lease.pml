/*
 * The DynamoDB lease of docs/protocol.md, sections 2 to 8: two candidates, one record, one fenced resource.
 *
 * Decides whether the rules are enough: spin visits every interleaving within the bounds below and
 * checks S1, S2, S3, S6 and C1 as assertions. What it leaves to the simulator: timer arithmetic,
 * retries' delays, work, hints, and every line of the real code.
 *
 * Time. `tick` lowers every counter by one, whatever a process is doing: a candidate that is not
 * scheduled is a paused one. Clock rates within the margin are nondeterministic expiry: a holder
 * is over after LEAD ticks or at any earlier moment, an observer's wait ends after WAIT ticks or
 * later, and the margin is what makes LEAD <= WAIT.
 *
 * Network. A request stays in flight as long as it likes, then is applied or lost; a retry is a
 * second copy, so one write can arrive twice, and late. An answer is lost or late in the same way.
 * A candidate abandons a write whenever it likes; the write may land afterwards.
 */
#ifndef WRITES_0
#define WRITES_0 3            /* logical writes by candidate 0, which by symmetry writes first */
#endif
#ifndef WRITES_1
#define WRITES_1 2            /* logical writes by candidate 1 */
#endif
#ifndef LEASE
#define LEASE 2               /* ticks */
#endif
#ifdef MUTANT_NO_MARGIN       /* clock rates differ by more than the margin of the lease */
#define LEAD (LEASE + 1)
#else
#define LEAD LEASE
#endif
#ifdef MUTANT_EARLY_TAKEOVER  /* take-over before the lease has run out */
#define WAIT (LEASE - 1)
#else
#define WAIT LEASE
#endif
#define NOBODY 2

/*
 * A candidate that cannot observe for a whole lease may use the wall clock, under a stated bound. The record
 * says when it was renewed, and the role is free a lease and the bound after that. Where the clocks differ
 * by the whole bound, the bound is used up. So WALL true ticks are left, counted from the stamp.
 */
#ifdef CLOCK_BOUND
#ifdef MUTANT_CLOCKS_BEYOND_BOUND
#define WALL (LEASE - 1)
#else
#define WALL LEASE
#endif
#define WALL_LEFT ; byte wallLeft
#define setWall(x, value) x.wallLeft = value
#define keepWall(to, from) to.wallLeft = from.wallLeft
#define lowerWall(x) lower(x.wallLeft)
#define wallOver(r) (r.holder != NOBODY && r.wallLeft == 0)
#else
#define WALL_LEFT
#define setWall(x, value) skip
#define keepWall(to, from) skip
#define wallOver(r) false
#endif

/*
 * Liveness needs an end to trouble: then each fault counts, up to FAULTS of them; messages are
 * faster than ticks, except as a fault; and candidate 0 may crash for good at any moment.
 */
#ifdef FAULTS
#define LIVE true
#define MAYFAIL (faults < FAULTS)
#define FAULT faults++
byte faults;
ltl survivorLeads { <> (cand[1].leadLeft > 0) }
#else
#define LIVE false
#define MAYFAIL true
#define FAULT skip
#endif

/*
 * The last will: candidate 0 is a process with a guardian, and a command that acts for its terms. The
 * process may die at any moment, with requests in flight; the guardian may be told of it, and may send the
 * will, at any later moment and any number of times, or never. The channel between the two may close
 * while the process lives. A command that outlives its process acts until its deadline, which is that of
 * the term, or until the guardian has ended it.
 */
#ifdef WILL
#define UNTIL_DEAD unless { c == 0 && dead }
bit dead;
bit channelEnded;
bit commandGone;
byte willToken;               /* of the term that the will releases; 0 is none */
#define WILL_NONCE 6          /* the revision that it sets, above those of the candidates */
#ifdef MUTANT_WILL_ON_SILENCE
#define PROVED true
#else
#ifdef MUTANT_WILL_ON_CLOSED_CHANNEL
#define PROVED (channelEnded && commandGone)
#else
#ifdef MUTANT_WILL_BEFORE_COMMAND_GONE
#define PROVED (dead && channelEnded)
#else
#define PROVED (dead && channelEnded && commandGone)
#endif
#endif
#endif
#else
#define UNTIL_DEAD
#endif

mtype = { standby, acquiring, leading, releasing };
mtype = { acquire, renew, release };

typedef Record { byte token; byte holder; byte revision; bit reserved WALL_LEFT };
typedef Request { mtype kind; byte condition; byte token; byte nonce WALL_LEFT };
typedef Answer { byte nonce; byte revision };   /* equal: granted; otherwise `revision` is the record's own */
typedef Candidate {
  mtype phase = standby;
  byte token;                 /* of its term, or sought by its acquire */
  byte confirmed;             /* revision of its last confirmed write */
  byte leadLeft;              /* ticks to leadUntil; 0 is over */
  mtype trying;               /* its current logical write; 0 is none */
  byte nonce;                 /* of that write, the same through its retries */
  byte condition;             /* the revision that this write demands */
  byte stampLeft;             /* what leadUntil is worth if this write is confirmed */
  byte earlier;               /* nonce of an earlier unresolved renewal of this term */
  byte earlierLeft;
  byte writes;                /* nonces used up */
  Record seen;                /* what its last read found */
#ifdef MUTANT_OBSERVED_FROM_SENDING
  byte sentLeft;
#endif
  bit observing;              /* that read has returned, and the wait is counted from then */
  byte waitLeft               /* ticks until the record seen may be taken */
  WALL_LEFT                   /* of the stamp that its current write carries */
};

Record record;                /* revision 0: there is no row */
Candidate cand[2];
Request flight[4];            /* slots 2c and 2c+1 belong to candidate c */
Answer answer[2];
#ifdef RESOURCE
byte fencedWrite[2];          /* token of a write on its way to the resource; 0 is none */
byte fence;                   /* the highest token that the resource has admitted */
#endif
byte holderOf[8];             /* ghost: the candidate that held token t, plus one */
bit deposedByOperator;

#define me cand[c]
#define holds(r) (r.holder == c)
#define believes(i) (cand[i].leadLeft > 0)

inline copy(to, from) {
  to.token = from.token; to.holder = from.holder;
  to.revision = from.revision; to.reserved = from.reserved; keepWall(to, from)
}

inline move(to, from) {
  flight[to].kind = flight[from].kind; flight[to].condition = flight[from].condition;
  flight[to].token = flight[from].token; flight[to].nonce = flight[from].nonce;
  keepWall(flight[to], flight[from])
}

inline clear(s) {
  flight[s].kind = 0; flight[s].condition = 0; flight[s].token = 0; flight[s].nonce = 0;
  setWall(flight[s], 0)
}

inline forget(r) { r.token = 0; r.holder = 0; r.revision = 0; r.reserved = 0; setWall(r, 0) }

/* ---- the store ---- */

inline apply(s) {
  /* `ok` is the condition expression of each write; see the table "The writes". */
  if
  :: flight[s].kind == acquire ->
#ifdef MUTANT_RELATIVE_INCREMENT
     ok = (record.revision == flight[s].condition || record.revision == flight[s].nonce)
#else
     ok = (record.revision == flight[s].condition)
#endif
  :: flight[s].kind == renew ->
     ok = (record.holder == c && record.token == flight[s].token && record.revision != 0);
#ifndef MUTANT_RENEW_WITHOUT_REVISION
     ok = (ok && record.revision == flight[s].condition)
#endif
  :: flight[s].kind == release ->
#ifdef MUTANT_RELEASE_UNCONDITIONAL
     ok = (record.revision != 0)
#else
#ifdef MUTANT_WILL_WITHOUT_TOKEN
     ok = (record.holder == c && record.revision != 0)
#else
     ok = (record.holder == c && record.token == flight[s].token && record.revision != 0)
#endif
#endif
  fi;
  copy(old, record);
  if
  :: ok && flight[s].kind == acquire ->
#ifdef MUTANT_RELATIVE_INCREMENT
     record.token++;
#else
     record.token = flight[s].token;
#endif
     assert(record.token == old.token + 1);               /* S3 */
     assert(record.token == flight[s].token);             /* S3: what its author computed */
     assert(holderOf[record.token] == 0);                 /* S2 */
     holderOf[record.token] = c + 1;
     record.holder = c; record.revision = flight[s].nonce; record.reserved = 0;
     keepWall(record, flight[s])
  :: ok && flight[s].kind == renew ->
     record.revision = flight[s].nonce; keepWall(record, flight[s])
  :: ok && flight[s].kind == release ->
     assert(record.holder == c && record.token == flight[s].token);   /* S6 */
#ifdef MUTANT_DELETE_ON_RELEASE
     forget(record)
#else
     record.holder = NOBODY; record.revision = flight[s].nonce; record.reserved = 0
#endif
  :: else
  fi
}

inline vacate(s) {                                        /* slots are filled from the left */
  if
  :: s % 2 == 0 -> next = s + 1; move(s, next); clear(next); next = 0
  :: else -> clear(s)
  fi
}

active proctype Store() {
  byte s; byte next; byte c; bit ok; Record old;
  do
  :: atomic {
       if
       :: flight[0].kind != 0 -> s = 0
       :: flight[1].kind != 0 -> s = 1
       :: flight[2].kind != 0 -> s = 2
       :: flight[3].kind != 0 -> s = 3
       fi;
       c = s / 2;
       if
       :: apply(s);                                       /* the answer arrives, or is lost */
          if
          :: answer[c].nonce == 0 && flight[s].nonce == cand[c].nonce ->
             answer[c].nonce = flight[s].nonce;           /* refusals return ALL_OLD */
             answer[c].revision = (ok -> flight[s].nonce : old.revision)
          :: flight[s].nonce != cand[c].nonce || answer[c].nonce != 0
          :: flight[s].nonce == cand[c].nonce && MAYFAIL -> FAULT
          fi
       :: MAYFAIL -> FAULT                                /* the request is lost */
       fi;
       vacate(s); forget(old); ok = 0; s = 0; c = 0
     }
#ifdef OPERATOR
  :: atomic {                                             /* operator: depose, once */
       !deposedByOperator && record.revision != 0 && record.holder != NOBODY ->
       deposedByOperator = 1;
       record.holder = NOBODY; record.revision = 7;
#ifndef MUTANT_DEPOSE_NOW
       record.reserved = 1
#endif
     }
#endif
  od
}

/* ---- a candidate ---- */

inline transmit() {
  s = (flight[2*c].kind == 0 -> 2*c : 2*c + 1);
  flight[s].kind = me.trying; flight[s].condition = me.condition;
  flight[s].token = me.token; flight[s].nonce = me.nonce; keepWall(flight[s], me); s = 0
}

#define canRetry (canSend && (!LIVE || flight[2*c].kind == 0 && answer[c].nonce == 0))
#define canSend (flight[2*c].kind == 0 || flight[2*c+1].kind == 0)
#define canStart (canSend && (c == 0 && me.writes < WRITES_0 || \
                              c == 1 && me.writes < WRITES_1 && (cand[0].writes > 0 || LIVE)))

inline start(theKind, theCondition) {
  me.writes++; me.trying = theKind;
  me.nonce = c * WRITES_0 + me.writes; me.condition = theCondition;
  me.stampLeft = LEAD; setWall(me, WALL);                 /* stamped before the first attempt */
  transmit()
}

/*
 * A read is evaluated at one moment (`look`) and returns at a later one (`observe`), so what it
 * shows may be stale. The wait is counted from the return; an unchanged revision goes on counting.
 */
inline look(r) {
  if
#ifndef MUTANT_FORGETFUL_OBSERVER
  :: me.seen.revision == r.revision && me.observing
#else
  :: false
#endif
  :: else -> me.observing = 0; copy(me.seen, r); me.waitLeft = 0
  fi
}

inline observe() {
  me.observing = 1;
  if
  :: me.seen.revision == 0 || (me.seen.holder == NOBODY && !me.seen.reserved) -> me.waitLeft = 0
#ifdef MUTANT_OBSERVED_FROM_SENDING
  :: else -> me.waitLeft = me.sentLeft
#else
  :: else -> me.waitLeft = WAIT
#endif
  fi
}

inline unsee() { me.observing = 0; me.waitLeft = 0; forget(me.seen) }

inline settle() {                                         /* nothing is being tried any more */
  me.trying = 0; me.nonce = 0; me.condition = 0; me.stampLeft = 0; me.earlier = 0; me.earlierLeft = 0;
  setWall(me, 0);
  answer[c].nonce = 0; answer[c].revision = 0
}

inline toStandby() {
  settle(); me.phase = standby; me.token = 0; me.confirmed = 0; me.leadLeft = 0
}

inline loseTerm() {
  /* Over. A record that still names the candidate is acquired again at once, with a new token. */
  me.observing = 1; me.waitLeft = 0;
  me.seen.token = me.token; me.seen.holder = c; me.seen.reserved = 0;
  me.seen.revision = me.confirmed;
  toStandby()
}

inline confirm(theNonce, theStampLeft) {
  me.confirmed = theNonce;
#ifdef MUTANT_LEASE_FROM_ANSWER
  me.leadLeft = LEAD
#else
  me.leadLeft = theStampLeft
#endif
  ; assert(!(believes(0) && believes(1)))                 /* C1 */
}

inline learn() {                                          /* from an answer to the current write */
  if
  :: me.phase == acquiring && answer[c].revision == me.nonce ->
     if
     :: me.stampLeft > 0 ->
        me.phase = leading;
        confirm(me.nonce, me.stampLeft);
        settle(); unsee()
     :: else ->                                           /* the write succeeded, but the term is over */
        me.confirmed = me.nonce; loseTerm()
     fi
  :: me.phase == leading && answer[c].revision == me.nonce ->
     if
     :: me.leadLeft > 0 && me.stampLeft > 0 ->
        confirm(me.nonce, me.stampLeft); settle()
     :: else -> me.confirmed = me.nonce; loseTerm()
     fi
  :: me.phase == leading && me.earlier != 0 && answer[c].revision == me.earlier ->
                  /* the earlier renewal had landed */
     if
     :: me.leadLeft > 0 && me.earlierLeft > 0 -> confirm(me.earlier, me.earlierLeft); settle()
     :: else -> me.confirmed = me.earlier; loseTerm()
     fi
  :: me.phase == releasing -> toStandby()
  :: else ->                                              /* refused: deposed, or outrun */
     toStandby(); unsee()
  fi
}

proctype Candidacy(byte c) {
  byte s;
  do
#ifdef FAULTS
  :: c == 0 -> break                                      /* crashed */
#endif
  /* waiting */
  :: atomic {
       me.phase == standby && !(LIVE && me.observing && me.waitLeft == 0) ->
       look(record);
       if :: LIVE && !me.observing -> observe() :: else fi
     }
  :: atomic { me.phase == standby && !me.observing && !LIVE -> observe() }
#ifdef MUTANT_OBSERVED_FROM_SENDING
  :: atomic { me.phase == standby && !me.observing -> me.sentLeft = WAIT }
#endif
  :: atomic {
       me.phase == standby && me.observing && canStart &&
       (me.waitLeft == 0 || holds(me.seen) || wallOver(me.seen)) ->
       me.phase = acquiring;
#ifdef MUTANT_RENEW_ADOPTED
       if
       :: holds(me.seen) && me.seen.revision != 0 ->
          me.token = me.seen.token; start(renew, me.seen.revision)
       :: else -> me.token = me.seen.token + 1; start(acquire, me.seen.revision)
       fi
#else
       me.token = me.seen.token + 1; start(acquire, me.seen.revision)
#endif
     }
  /* any write: an answer, a retry, giving up */
  :: atomic {
       answer[c].nonce != 0 ->
       if
       :: answer[c].nonce == me.nonce -> learn()
       :: else -> answer[c].nonce = 0; answer[c].revision = 0    /* the candidate no longer waits for it */
       fi
     }
  :: atomic {
       me.nonce != 0 && canRetry && (me.phase != leading || believes(c)) ->
#ifdef MUTANT_LEASE_FROM_RETRY
       me.stampLeft = LEAD;
#endif
       transmit()
     }
  :: atomic { me.phase == acquiring && MAYFAIL -> FAULT; toStandby(); unsee() }
  :: atomic { me.phase == releasing -> toStandby() }
  /* leading */
  :: atomic { me.phase == leading && me.leadLeft > 0 && me.nonce == 0 && canStart ->
              start(renew, me.confirmed) }
  :: atomic { me.phase == leading && me.leadLeft > 0 && me.nonce != 0 && me.earlier == 0 && canStart ->
              /* another renewal beside one that is unresolved, from the same confirmed revision */
              me.earlier = me.nonce; me.earlierLeft = me.stampLeft;
              start(renew, me.confirmed) }
  :: atomic { me.phase == leading && (!believes(c) || MAYFAIL) ->
              loseTerm() }                                /* lapsed, by its own clock */
  :: atomic { me.phase == leading && me.leadLeft > 0 && canStart ->
#ifndef MUTANT_LEAD_WHILE_RELEASING
              me.leadLeft = 0;
#endif
              settle(); me.confirmed = 0; me.phase = releasing; start(release, 0) }
#ifdef RESOURCE
  :: atomic { me.leadLeft > 0 && fencedWrite[c] == 0 -> fencedWrite[c] = me.token }
#endif
  od UNTIL_DEAD
}

/* ---- the guardian of candidate 0, and the kernel that it listens to ---- */

#ifdef WILL
active proctype Guardian() {
  byte s;
  do
  :: atomic { !dead -> dead = 1 }
  :: atomic { !channelEnded -> channelEnded = 1 }         /* at death, or by closing descriptors */
  :: atomic { channelEnded && !commandGone ->             /* no process is left that could renew */
#ifndef MUTANT_WILL_ON_CLOSED_CHANNEL
              cand[0].leadLeft = 0;
#endif
              commandGone = 1 }
  :: atomic { !dead && !channelEnded && cand[0].phase == leading && cand[0].leadLeft > 0 &&
              willToken != cand[0].token -> willToken = cand[0].token }
  :: atomic { PROVED && willToken != 0 && (flight[0].kind == 0 || flight[1].kind == 0) ->
              s = (flight[0].kind == 0 -> 0 : 1);
              flight[s].kind = release; flight[s].condition = 0;
              flight[s].token = willToken; flight[s].nonce = WILL_NONCE; s = 0 }
  od
}
#endif

/* ---- the resource: it sees writes late, in any order ---- */

#ifdef RESOURCE
active proctype Resource() {
  byte c;
  do
  :: atomic {
       if :: fencedWrite[0] != 0 -> c = 0 :: fencedWrite[1] != 0 -> c = 1 fi;
       if
#ifdef MUTANT_NO_FENCE
       :: true ->
#else
       :: fencedWrite[c] >= fence ->
#endif
          assert(fencedWrite[c] >= fence);                /* S1 */
          assert(holderOf[fencedWrite[c]] == c + 1);      /* S2: the token is of this candidate alone */
          fence = fencedWrite[c]
#ifndef MUTANT_NO_FENCE
       :: else                                            /* StaleTokenError */
#endif
       fi;
       fencedWrite[c] = 0; c = 0
     }
  od
}

#endif

/* ---- time ---- */

#define lower(x) x = (x > 0 -> x - 1 : 0)

#define quiet (flight[0].kind == 0 && cand[1].nonce == 0 && flight[2].kind == 0)

active proctype Time() {
  do
  :: atomic {
#ifdef FAULTS
       if :: quiet :: !quiet && MAYFAIL -> FAULT fi;
#endif
       lower(cand[0].leadLeft); lower(cand[0].stampLeft);
       lower(cand[0].earlierLeft); lower(cand[0].waitLeft);
       lower(cand[1].leadLeft); lower(cand[1].stampLeft);
       lower(cand[1].earlierLeft); lower(cand[1].waitLeft)
#ifdef MUTANT_OBSERVED_FROM_SENDING
       ; lower(cand[0].sentLeft); lower(cand[1].sentLeft)
#endif
#ifdef CLOCK_BOUND
       ; lowerWall(record); lowerWall(cand[0]); lowerWall(cand[1]);
       lowerWall(cand[0].seen); lowerWall(cand[1].seen);
       lowerWall(flight[0]); lowerWall(flight[1]); lowerWall(flight[2]); lowerWall(flight[3])
#endif
     }
  od
}

init {
  atomic { record.holder = NOBODY; run Candidacy(0); run Candidacy(1) }
}
