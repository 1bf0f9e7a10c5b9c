/*
 * Fencing of docs/protocol.md, section 11: one row, three terms, and leaders that do not know they are over.
 *
 * Decides whether stamp and lease check together keep S1 (admitted tokens never fall) and S5 (no
 * acknowledged update is lost). Anything may happen between the preparation of a write and its
 * arrival: that is the delayed write of a paused leader. Elections are taken as given: tokens rise, and the record
 * names the newest. The workload is the lock set: a leader reads, adds its own element, writes back.
 * With BLIND, leaders overwrite without having read; then only S1 is claimed.
 */
#define WRITES 2              /* by each term */

byte recordToken;             /* the election's record */
bool exists; byte stamp; byte set;   /* the row: `set` is a bit mask of elements */
byte highest;                 /* ghost: highest token admitted */
byte acknowledged;            /* ghost: elements whose write was answered with success */

#define stampAdmits(t) (stamp == 0 || stamp <= t)

inline admitted(t) {
  assert(t >= highest);                                   /* S1 */
  highest = t
}

inline put(t, stamps) {
  admitted(t);
  exists = true; set = mine;
  if :: stamps -> stamp = t :: else fi;
  acknowledged = acknowledged | element;
#ifndef BLIND
  assert((acknowledged & ~set) == 0)                      /* S5 */
#endif
}

proctype Leader(byte t) {
  byte mine; byte element; byte n;
  atomic { recordToken == t - 1 -> recordToken = t }      /* elected; the leader before does not learn it */
  /* take over the state */
#ifdef BLIND
  skip;
#else
#ifdef MUTANT_STATE_BY_PLAIN_READ
  mine = set;
#else
  atomic {
    if
    :: stampAdmits(t) -> admitted(t); exists = true; stamp = t; mine = set
    :: else -> goto over
    fi
  };
#endif
#endif
  do
  :: n < WRITES ->
     atomic { element = 1 << ((t - 1) * WRITES + n); mine = mine | element; n++ };
     if                                                   /* a pause may fall here */
     :: atomic {
#ifdef MUTANT_NO_FENCE
          true -> put(t, true)
#else
          stampAdmits(t) -> put(t, true)
#endif
        }
     :: atomic {                                          /* in a transaction with the record */
#ifdef MUTANT_LEASE_CHECK_WITHOUT_STAMP
          recordToken == t -> put(t, false)
#else
          recordToken == t && stampAdmits(t) -> put(t, true)
#endif
        }
     :: atomic {                                          /* deletes the row instead */
          recordToken == t && stampAdmits(t) ->
          admitted(t); set = 0; mine = 0; acknowledged = 0;
#ifdef MUTANT_DELETE_UNDER_LEASE_CHECK
          exists = false; stamp = 0
#else
          stamp = t                                       /* a tombstone is never removed */
#endif
        }
     :: atomic { !stampAdmits(t) -> goto over }           /* StaleTokenError: not retried */
     fi
  :: break
  od;
over: skip
}

init { atomic { run Leader(1); run Leader(2); run Leader(3) } }
