/*
 * The SQS FIFO baton of docs/protocol.md, section 9: two candidates, one queue, one message group.
 *
 * Decides whether the rules are enough for C1 (at most one is not over) and S2 (tokens rise strictly
 * from term to term, so no two terms share one). Rests on SQS as documented: while a message of the
 * group is in flight no other of it is delivered; an expired receipt handle can neither extend nor
 * delete; sequence numbers rise in the order of sends; a receive repeated with its attempt id
 * returns the same messages and hides them again.
 *
 * Time and network are those of lease.pml: `tick` lowers all counters, a candidate that is not
 * scheduled is paused, requests arrive late, twice or never, answers late or never.
 */
#define RECEIVES 2            /* receives by candidate 0, which by symmetry receives first */
#ifndef RECEIVES_1
#define RECEIVES_1 1          /* receives by candidate 1 */
#endif
#ifndef CALLS_0
#define CALLS_0 4             /* receives, sends and extensions by candidate 0 */
#endif
#ifndef CALLS_1
#define CALLS_1 2             /* receives, sends and extensions by candidate 1 */
#endif
#define VISIBLE_AFTER 2       /* the visibility timeout, in ticks */
#ifdef MUTANT_NO_MARGIN
#define LEAD (VISIBLE_AFTER + 1)
#else
#define LEAD VISIBLE_AFTER
#endif
#define MESSAGES 5            /* one seed and at most one successor per receive */

/*
 * Liveness needs an end to trouble, as in lease.pml: each fault counts, up to FAULTS of them; messages
 * are faster than ticks, except as a fault; and candidate 0 may crash for good at any moment. A poll
 * that comes back empty changes nothing, so candidates ask only while there is something to receive.
 */
#ifdef FAULTS
#define LIVE true
#define MAYFAIL (faults < FAULTS)
#define FAULT faults++
byte faults;
ltl survivorLeads { <> (cand[1].phase == leading && cand[1].leadLeft > 0) }
#else
#define LIVE false
#define MAYFAIL true
#define FAULT skip
#endif

mtype = { idle, receiving, received, leading, over };
mtype = { receive, send, extend, delete };

typedef Request { mtype kind; byte call; byte attempt; byte message; byte batch };
typedef Candidate {
  mtype phase = idle;
  byte attempt;               /* ReceiveRequestAttemptId; candidate c uses c*RECEIVES + 1 and on */
  byte receives;
  byte batch;                 /* receipt handles of one receive */
  byte message;               /* the newest that it holds */
  byte token;
  byte leadLeft;              /* ticks to heldUntil */
  byte call;                  /* the receive, send or extension that it waits for; 0 is none */
  byte calls;
  byte stampLeft              /* what leadLeft is worth if that call succeeds */
};

byte sent;                    /* sequence number of the last message sent */
bit present[MESSAGES];
byte hiddenLeft[MESSAGES];    /* ticks until visible; 0 is visible */
byte batchOf[MESSAGES];       /* the receive that delivered it last */
byte batches;
byte batchOfAttempt[2 * RECEIVES + 1];
byte sentBy[2 * RECEIVES + 1];     /* deduplication id -> sequence number */
Request flight[4];
mtype answered[2]; byte answerValue[2];
byte lastToken;               /* ghost: of the last term begun */

#define me cand[c]
Candidate cand[2];
#define believes(i) (cand[i].phase == leading && cand[i].leadLeft > 0)
#define inFlight(m) (present[m] && hiddenLeft[m] > 0)
#define groupBlocked (inFlight(0) || inFlight(1) || inFlight(2) || inFlight(3) || inFlight(4))
#define handleWorks(m, b) (inFlight(m) && batchOf[m] == b)

inline reply(theKind, theValue) {
  if
  :: answered[c] == 0 && flight[s].call == cand[c].call ->
     answered[c] = theKind; answerValue[c] = theValue
  :: answered[c] != 0 || flight[s].call != cand[c].call   /* the candidate no longer waits for it */
  :: MAYFAIL -> FAULT                                     /* the answer is lost */
  fi
}

inline deliver() {
  if
  :: flight[s].kind == receive && batchOfAttempt[flight[s].attempt] == 0 && !groupBlocked ->
     batches++; batchOfAttempt[flight[s].attempt] = batches;
     m = 0;
     do
     :: m < MESSAGES ->
        if :: present[m] -> hiddenLeft[m] = VISIBLE_AFTER; batchOf[m] = batches :: else fi;
        m++
     :: else -> break
     od;
     reply(receive, batches)
  :: flight[s].kind == receive && batchOfAttempt[flight[s].attempt] != 0 ->
     m = 0; n = 0;                                        /* asked again with the same id */
     do
     :: m < MESSAGES ->
        if
        :: inFlight(m) && batchOf[m] == batchOfAttempt[flight[s].attempt] ->
           hiddenLeft[m] = VISIBLE_AFTER; n = 1
        :: else
        fi;
        m++
     :: else -> break
     od;
     if :: n == 1 -> reply(receive, batchOfAttempt[flight[s].attempt]) :: else fi
  :: LIVE && flight[s].kind == receive && batchOfAttempt[flight[s].attempt] == 0 && groupBlocked ->
     reply(receive, 0)                                    /* nothing to receive after all */
  :: flight[s].kind == send ->
#ifdef MUTANT_DEDUPLICATION_ID_REPEATS
     n = 1;                                               /* one id for all, as a hash of the body is */
#else
     n = flight[s].attempt;                               /* fresh for each receive */
#endif
     if
     :: sentBy[n] == 0 -> sent++; present[sent] = 1; sentBy[n] = sent
     :: else
     fi;
     reply(send, sentBy[n])
  :: flight[s].kind == extend ->
     if
     :: handleWorks(flight[s].message, flight[s].batch) ->
        hiddenLeft[flight[s].message] = VISIBLE_AFTER; reply(extend, 1)
     :: else -> reply(extend, 0)
     fi
  :: flight[s].kind == delete ->
     if
     :: handleWorks(flight[s].message, flight[s].batch) ->
        present[flight[s].message] = 0; hiddenLeft[flight[s].message] = 0;
        batchOf[flight[s].message] = 0
     :: else
     fi
  :: else
  fi
}

inline vacate() {
  if
  :: s % 2 == 0 ->
     flight[s].kind = flight[s+1].kind; flight[s].call = flight[s+1].call;
     flight[s].attempt = flight[s+1].attempt;
     flight[s].message = flight[s+1].message; flight[s].batch = flight[s+1].batch;
     s++
  :: else
  fi;
  flight[s].kind = 0; flight[s].call = 0; flight[s].attempt = 0; flight[s].message = 0; flight[s].batch = 0
}

active proctype Queue() {
  byte s; byte c; byte m; byte n;
  do
  :: atomic {
       if
       :: flight[0].kind != 0 -> s = 0
       :: flight[1].kind != 0 -> s = 1
       :: flight[2].kind != 0 -> s = 2
       :: flight[3].kind != 0 -> s = 3
       fi;
       c = s / 2;
       if :: deliver() :: MAYFAIL -> FAULT fi;             /* arrives, or is lost */
       vacate();
       s = 0; c = 0; m = 0; n = 0
     }
  od
}

#define canSend (flight[2*c].kind == 0 || flight[2*c+1].kind == 0)

#define canRetry (canSend && (!LIVE || flight[2*c].kind == 0 && answered[c] == 0))
#define canReceive (canCall && (!LIVE || !groupBlocked) && \
                    (c == 0 && me.receives < RECEIVES || \
                     c == 1 && me.receives < RECEIVES_1 && (cand[0].receives > 0 || LIVE)))
#define canCall (canSend && me.call == 0 && me.calls < (c == 0 -> CALLS_0 : CALLS_1))

inline transmit(theKind, theMessage) {
  s = (flight[2*c].kind == 0 -> 2*c : 2*c + 1);
  flight[s].kind = theKind; flight[s].attempt = me.attempt;
  flight[s].call = (theKind == delete -> 0 : me.call);
  flight[s].message = theMessage; flight[s].batch = me.batch; s = 0
}

inline start(theKind, theMessage) { me.calls++; me.call = me.calls; transmit(theKind, theMessage) }

inline settle() { me.call = 0; me.stampLeft = 0; answered[c] = 0; answerValue[c] = 0 }

inline dropOut() {
  me.phase = idle; me.attempt = 0; me.batch = 0; me.message = 0; me.token = 0;
  me.leadLeft = 0; settle()
}

inline keepNewest() {
  m = MESSAGES - 1;
  do
  :: m > 0 && !(inFlight(m) && batchOf[m] == me.batch) -> m--
  :: else -> break
  od;
  me.message = m; m = 0
}

inline begin(theToken) {
  me.token = theToken; me.phase = leading;
  if
  :: me.leadLeft > 0 ->
     assert(me.token > lastToken);                        /* S2, and the order that S1 needs */
     lastToken = me.token;
     assert(!(believes(0) && believes(1)))                /* C1 */
#ifdef MUTANT_TOKEN_COUNTS_LATE
  :: else -> me.leadLeft = 1; assert(!(believes(0) && believes(1)))
#else
  :: else -> dropOut()
#endif
  fi
}

inline learn() {
  if
  :: me.phase == receiving && answered[c] == receive && answerValue[c] == 0 ->
     me.receives--; me.calls--; dropOut()                 /* as if the candidate had not asked */
  :: me.phase == receiving && answered[c] == receive && answerValue[c] != 0 ->
     me.batch = answerValue[c];
#ifdef MUTANT_HELD_FROM_ANSWER
     me.leadLeft = LEAD;
#else
     me.leadLeft = me.stampLeft;
#endif
     me.phase = received; keepNewest(); settle()
#ifdef MUTANT_TOKEN_OF_RECEIVED
     ; begin(me.message + 1)
#endif
  :: me.phase == received && answered[c] == send -> n = answerValue[c]; settle(); begin(n); n = 0
  :: me.phase == leading && answered[c] == extend ->
     if
     :: answerValue[c] == 1 && me.leadLeft > 0 ->
        me.leadLeft = me.stampLeft; settle();
        assert(!(believes(0) && believes(1)))             /* C1 */
     :: else -> dropOut()                                 /* deposed */
     fi
  :: else -> answered[c] = 0; answerValue[c] = 0
  fi
}

proctype Candidacy(byte c) {
  byte s; byte m; byte n;
  do
#ifdef FAULTS
  :: c == 0 -> break                                       /* crashed */
#endif
  :: atomic { me.phase == idle && canReceive ->
              me.receives++; me.attempt = c * RECEIVES + me.receives; me.phase = receiving;
              me.stampLeft = LEAD; start(receive, 0) }
  :: atomic { me.phase == receiving && canRetry && me.stampLeft > 0 -> transmit(receive, 0) }
  :: atomic { answered[c] != 0 -> learn() }
  :: atomic { me.phase == received && canCall ->
              start(send, 0)
#ifdef MUTANT_SUCCESSOR_UNCONFIRMED
              ; me.call = 0; begin(lastToken + 1)          /* leads without knowing that it is there */
#endif
            }
  :: atomic { me.phase == received && canRetry && me.call != 0 -> transmit(send, 0) }
  :: atomic { me.phase == receiving && (me.stampLeft == 0 || MAYFAIL) ->
              if :: LIVE && me.stampLeft > 0 -> FAULT :: else fi; dropOut() }
  :: atomic { me.phase == received && (me.leadLeft == 0 || MAYFAIL) ->
              if :: LIVE && me.leadLeft > 0 -> FAULT :: else fi; dropOut() }
  /* leading: the older ones of the batch go, the newest is kept */
  :: atomic { me.phase == leading && me.leadLeft > 0 && canSend && me.message > 0 ->
              m = 0;
              do
              :: m < me.message && !(present[m] && batchOf[m] == me.batch) -> m++
              :: else -> break
              od;
              if :: m < me.message -> transmit(delete, m) :: else fi; m = 0 }
  :: atomic { me.phase == leading && me.leadLeft > 0 && canCall ->
              me.stampLeft = LEAD; start(extend, me.message) }
  :: atomic { me.phase == leading && me.leadLeft > 0 && canRetry && me.call != 0 ->
              transmit(extend, me.message) }
  :: atomic { me.phase == leading -> dropOut() }           /* lapsed */
  :: atomic { me.phase == leading && me.leadLeft > 0 && canSend ->    /* resigns */
#ifndef MUTANT_LEAD_WHILE_RESIGNING
              me.phase = over; me.leadLeft = 0;
#endif
              transmit(delete, me.message) }
  :: atomic { me.phase == over -> dropOut() }
  od
}

#define lower(x) x = (x > 0 -> x - 1 : 0)
#define lowerHidden(m) lower(hiddenLeft[m]); batchOf[m] = (hiddenLeft[m] > 0 -> batchOf[m] : 0)

#define quiet (flight[0].kind == 0 && flight[2].kind == 0 && \
               cand[1].call == 0 && cand[1].phase != received)

active proctype Time() {
  do
  :: atomic {
#ifdef FAULTS
       if :: quiet :: !quiet && MAYFAIL -> FAULT fi;
#endif
       lower(cand[0].leadLeft); lower(cand[0].stampLeft);
       lower(cand[1].leadLeft); lower(cand[1].stampLeft);
       lowerHidden(0); lowerHidden(1); lowerHidden(2); lowerHidden(3); lowerHidden(4)
     }
  od
}

init {
  atomic { present[0] = 1; run Candidacy(0); run Candidacy(1) }   /* message 0 is the seed */
}
