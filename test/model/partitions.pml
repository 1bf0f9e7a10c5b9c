/*
 * A group's lease of docs/protocol-partitions.md: a process with two ids in turn, whose leases lapse, are given up, are
 * ended by others and vanish; another that takes the partition over and hands it back; one record.
 *
 * Decides whether the rules are enough for one partition: spin visits every interleaving within the bounds
 * below and checks C1, S2 and S3 as assertions, and that no term is led again once it was over. Partitions
 * share only the member's lease, so one stands for all. What it leaves to the simulator: the plan, the
 * ring, timers, batches, and every line of the real code.
 *
 * Plans. No plan can break safety, so none is modelled. At any moment a process may assume that the newest
 * plan gives it the partition, or takes the partition away.
 *
 * Time. As in lease.pml: `tick` lowers every counter, whatever a process does; a process that is not
 * scheduled is a frozen one. A lease is over after LEAD ticks or earlier, a wait after WAIT ticks or later.
 *
 * Network. A request stays in flight as long as it likes, and may be applied again after that; its answer
 * comes at once or never, and a retry with the same nonce learns the outcome. Work that is stuck at its drain deadline
 * is a term that is not over yet: it may last while the member's heartbeats do.
 */
#ifndef BEATS
#define BEATS 1               /* heartbeats of process 0, at most 2: the first may arrive after the second */
#endif
#ifndef IDS
#define IDS 2                 /* ids of process 0, one after the other */
#endif
#ifndef TAKES
#define TAKES 2               /* acquires of process 0 */
#endif
#ifndef TAKES_1
#define TAKES_1 1             /* acquires of process 1, whose lease never ends: process 0 shows how leases end */
#endif
#ifndef LEASE
#define LEASE 1               /* ticks */
#endif
#ifdef MUTANT_NO_MARGIN
#define LEAD (LEASE + 1)
#else
#define LEAD LEASE
#endif
#ifdef MUTANT_EARLY_DEPOSE
#define WAIT (LEASE - 1)
#else
#define WAIT LEASE
#endif
#define NOBODY 3
#define OTHER 2               /* the id of process 1 */

mtype = { unborn, alive, gone, absent };

typedef Row { mtype state = unborn; byte revision; bit closed };
typedef Record { byte token; byte holder = NOBODY; byte revision = 31 };
typedef Beat { bit flies; byte id; byte condition; byte nonce };
typedef Take { bit flies; byte id; byte condition; byte token; byte nonce };
typedef Free { bit flies; byte id; byte token };
typedef End { bit flies; byte id; byte condition };
typedef Process {
  bit inside;                 /* has a lease, under `id` */
  byte id;                    /* 0, then 1; of process 1: OTHER */
  byte ids;                   /* ids used up */
  byte confirmed;             /* revision of its last confirmed heartbeat */
  byte leadLeft;              /* ticks to leadUntil of its member lease */
  byte beating;               /* nonce of the heartbeat that is unresolved; 0 is none */
  byte stampLeft;             /* what leadUntil is worth if that is confirmed */
  byte beats;
  byte term;                  /* token of the term that it leads; 0 is none */
  bit draining;               /* released, or about to be, where a mutant leads on */
  byte taking;                /* nonce of the acquire that is unresolved */
  byte takes;
  byte watched; mtype saw; byte sawRevision; byte waitLeft  /* one row as last read */
};

Row row[3];
Record record;
Process p[2];
#ifdef RESEED
typedef Reseed { bit done; byte revision; mtype saw; byte waitLeft };
Reseed reseed;
#endif
Beat beat[2]; Take take[2]; Free free[2]; End end;
byte holderOf[8];             /* ghost: the id that held token t, plus one */
bit wasOver[8];               /* ghost: the term of that token was over */
bit operated; bit deleted;

#ifdef MUTANT_LAPSED_REVIVED
#define MAY_BEAT true
#else
#define MAY_BEAT (me.leadLeft > 0)
#endif
#ifdef MUTANT_GONE_BEFORE_OVER
#define MAY_PART true
#else
#define MAY_PART (me.term == 0)
#endif
#ifdef MUTANT_ACQUIRE_ON_PLAN
#define HEARSAY true
#else
#define HEARSAY false
#endif

#define me p[c]
#define leads(i) (p[i].term != 0 && p[i].leadLeft > 0)
#define alone assert(!(leads(0) && leads(1)))             /* C1 */

inline lower(x) { if :: x > 0 -> x-- :: else fi }

inline endTerm() {
  if :: me.term != 0 -> wasOver[me.term] = 1; me.term = 0 :: else fi; me.draining = 0
}

/* Every term is over at once, and the id is never used again. */
inline leaveLease() {
  endTerm();
  me.inside = 0; me.leadLeft = 0; me.beating = 0; me.stampLeft = 0; me.taking = 0; me.confirmed = 0;
  me.saw = 0; me.waitLeft = 0; me.sawRevision = 0; me.watched = 0
}

proctype Member(byte c) {
  byte t;
  do
  :: atomic { c == 0 && !me.inside && me.ids < IDS ->
#ifdef MUTANT_ID_USED_AGAIN
       me.id = 0;
#else
       me.id = me.ids;
#endif
       me.ids++; me.inside = 1;
       row[me.id].state = alive; row[me.id].revision = me.ids; row[me.id].closed = 0;
       me.confirmed = row[me.id].revision; me.leadLeft = LEAD }
  /* heartbeats */
  :: atomic { c == 0 && me.inside && me.beating == 0 && me.beats < BEATS && MAY_BEAT ->
       t = me.beats; me.beats++; me.beating = 4 + me.beats; me.stampLeft = LEAD;
       beat[t].flies = 1; beat[t].id = me.id; beat[t].condition = me.confirmed; beat[t].nonce = me.beating; t = 0 }
#ifdef MUTANT_LEASE_FROM_RETRY
  :: atomic { me.beating != 0 -> me.stampLeft = LEAD }
#endif
  /* the lease has lapsed, by its own clock */
#ifdef MUTANT_LAPSED_REVIVED
  :: atomic { me.inside && me.leadLeft == 0 && me.term != 0 && !wasOver[me.term] -> wasOver[me.term] = 1 }
#else
  :: atomic { me.inside && me.leadLeft == 0 -> leaveLease() }
#endif
  /* marked gone once its terms are over: when it leaves, and for an old id that was left behind */
  :: atomic { c == 0 && me.inside && MAY_PART && row[me.id].state == alive && row[me.id].revision == me.confirmed && me.beating == 0 ->
       row[me.id].state = gone
#ifndef MUTANT_GONE_BEFORE_OVER
       ; leaveLease()
#endif
     }
  :: atomic { c == 0 && me.ids > 0 && !(me.inside && me.id == 0) && row[0].state == alive ->
       row[0].state = gone }
  /* the record */
  :: atomic { me.inside && me.term == 0 && me.taking == 0 && me.takes < (c == 0 -> TAKES : TAKES_1) &&
       !take[c].flies && me.leadLeft > 0 &&
       (record.holder == NOBODY || record.holder == me.id || HEARSAY ||
        (me.watched == record.holder && me.waitLeft == 0 && (me.saw == gone || me.saw == absent))) ->
#ifdef MUTANT_ADOPTED
       if
       :: record.holder == me.id -> me.term = record.token; assert(!wasOver[me.term])
       :: else ->
#endif
       me.takes++; me.taking = 8 + c * 8 + me.takes;
       take[c].flies = 1; take[c].id = me.id; take[c].condition = record.revision;
       take[c].token = record.token + 1; take[c].nonce = me.taking
#ifdef MUTANT_ADOPTED
       fi
#endif
     }
  /* hand-over: over, then released */
  :: atomic { me.term != 0 && me.inside && !free[c].flies && !me.draining ->
       free[c].flies = 1; free[c].id = me.id; free[c].token = me.term;
#ifdef MUTANT_LEAD_WHILE_RELEASING
       me.draining = 1
#else
       endTerm()
#endif
     }
#ifdef MUTANT_LEAD_WHILE_RELEASING
  :: atomic { me.draining && !free[c].flies -> endTerm() }
#endif
  /* another's row: gone, absent, or silent for a lease */
  :: atomic { me.inside ->
       if :: t = 0 :: c == 1 -> t = 1 fi;
       if
       :: t == me.id || row[t].state == unborn -> skip
       :: else ->
          if
          :: me.saw != 0 && me.watched == t && me.saw == row[t].state && me.sawRevision == row[t].revision
          :: else ->
             me.watched = t; me.saw = row[t].state; me.sawRevision = row[t].revision;
             if
             :: row[t].state == gone -> me.waitLeft = (row[t].closed -> WAIT : 0)
#ifdef MUTANT_ABSENT_IS_GONE
             :: row[t].state == absent -> me.waitLeft = 0
#else
             :: row[t].state == absent -> me.waitLeft = WAIT
#endif
             :: row[t].state == alive -> me.waitLeft = WAIT
             fi
          fi
       fi; t = 0 }
  :: atomic { c == 1 && me.saw == alive && me.waitLeft == 0 && !end.flies ->
       end.flies = 1; end.id = me.watched; end.condition = me.sawRevision }
  od
}

/* A request is done with, or it may arrive once more. */
inline dropBeat() { beat[b].flies = 0; beat[b].id = 0; beat[b].condition = 0; beat[b].nonce = 0 }
inline dropTake() { take[c].flies = 0; take[c].id = 0; take[c].condition = 0; take[c].token = 0; take[c].nonce = 0 }
inline dropFree() { free[c].flies = 0; free[c].id = 0; free[c].token = 0 }
inline dropEnd() { end.flies = 0; end.id = 0; end.condition = 0 }

active proctype Store() {
  byte c; byte b; bit ok;
  do
  :: atomic { beat[0].flies || beat[1].flies ->
       if :: beat[0].flies -> b = 0 :: beat[1].flies -> b = 1 fi; c = 0;
       if
       :: ok = (row[beat[b].id].state == alive && row[beat[b].id].revision == beat[b].condition);
#ifdef MUTANT_BEAT_WITHOUT_REVISION
          ok = (row[beat[b].id].state != unborn && row[beat[b].id].state != absent);
#endif
          if :: ok -> row[beat[b].id].revision = beat[b].nonce; row[beat[b].id].state = alive :: else fi;
          if
          :: p[c].beating == beat[b].nonce && p[c].inside && p[c].id == beat[b].id ->
             if                                            /* the answer comes */
             :: row[beat[b].id].revision == beat[b].nonce && row[beat[b].id].state == alive ->
#ifndef MUTANT_LAPSED_REVIVED
                if
                :: me.leadLeft > 0 && me.stampLeft > 0 ->
#endif
                   me.leadLeft = me.stampLeft;
                   me.confirmed = me.beating; me.beating = 0; me.stampLeft = 0;
                   if :: me.term != 0 && me.leadLeft > 0 -> assert(!wasOver[me.term]) :: else fi;
                   alone
#ifndef MUTANT_LAPSED_REVIVED
                :: else -> leaveLease()
                fi
#endif
             :: else -> leaveLease()                       /* deposed */
             fi
          :: true                                          /* or it is lost */
          fi
       :: true                                             /* the request is lost */
       fi;
       if :: p[0].beating != beat[b].nonce -> dropBeat() :: true fi; b = 0; ok = 0 }
  :: atomic { take[0].flies || take[1].flies ->
       if :: take[0].flies -> c = 0 :: take[1].flies -> c = 1 fi;
       if
       :: ok = (record.revision == take[c].condition);
#ifdef MUTANT_ACQUIRE_WITHOUT_REVISION
          ok = (record.token < take[c].token || record.revision == take[c].condition);
#endif
          if
          :: ok ->
             assert(take[c].token == record.token + 1);    /* S3 */
             record.token = take[c].token; record.holder = take[c].id; record.revision = take[c].nonce;
             assert(holderOf[record.token] == 0);          /* S2 */
             holderOf[record.token] = take[c].id + 1
          :: else
          fi;
          if
          :: p[c].taking == take[c].nonce && p[c].inside && p[c].id == take[c].id ->
             if
             :: record.revision == take[c].nonce && me.leadLeft > 0 ->
                me.term = record.token; assert(!wasOver[me.term]); alone
             :: else
             fi;
             me.taking = 0
          :: true
          fi
       :: true
       fi;
       if :: p[c].taking != take[c].nonce -> dropTake() :: true fi; c = 0; ok = 0 }
  :: atomic { free[0].flies || free[1].flies ->
       if :: free[0].flies -> c = 0 :: free[1].flies -> c = 1 fi;
       if
       :: ok = (record.holder == free[c].id && record.token == free[c].token);
#ifdef MUTANT_RELEASE_WITHOUT_TOKEN
          ok = (record.holder == free[c].id);
#endif
#ifdef MUTANT_RELEASE_WITHOUT_HOLDER
          ok = true;
#endif
          if :: ok -> record.holder = NOBODY; record.revision = 32 + record.token :: else fi
       :: true
       fi;
       if :: dropFree() :: true fi; c = 0; ok = 0 }
  :: atomic { end.flies ->
       if
       :: ok = (row[end.id].state == alive && row[end.id].revision == end.condition);
#ifdef MUTANT_DEPOSE_WITHOUT_REVISION
          ok = (row[end.id].state == alive);
#endif
          if :: ok -> row[end.id].state = gone :: else fi
       :: true
       fi;
       if :: dropEnd() :: true fi; ok = 0 }
#ifdef OPERATOR
  :: atomic { !operated -> operated = 1;
       if :: c = 0 :: c = 1 fi;
#ifdef MUTANT_OPERATOR_VACATES
       record.holder = NOBODY; record.revision = 96;
#else
       if
       :: row[c].state == alive -> row[c].state = gone;
#ifndef MUTANT_DEPOSE_NOW
          row[c].closed = 1
#endif
       :: else
       fi;
#endif
       c = 0 }
#endif
#ifdef RESEED
  /* an operator vacates a record once its member is gone, or the row is absent, and the lease is over */
  :: atomic { record.holder != NOBODY && row[record.holder].state != alive &&
       !(reseed.revision == record.revision && reseed.saw == row[record.holder].state) ->
       reseed.revision = record.revision; reseed.saw = row[record.holder].state;
#ifdef MUTANT_RESEED_AT_ONCE
       reseed.waitLeft = 0
#else
       reseed.waitLeft = (reseed.saw == absent || row[record.holder].closed -> WAIT : 0)
#endif
     }
  :: atomic { record.holder != NOBODY && !reseed.done && reseed.waitLeft == 0 &&
       reseed.revision == record.revision && reseed.saw == row[record.holder].state ->
       reseed.done = 1; record.holder = NOBODY; record.revision = 97 }
#endif
#ifdef DELETION
  :: atomic { !deleted -> deleted = 1;
       if :: c = 0 :: c = 1 fi;
       if :: row[c].state != unborn -> row[c].state = absent :: else fi; c = 0 }
#endif
  od
}

active proctype Time() {
  do
  :: atomic {
#ifdef RESEED
       lower(reseed.waitLeft);
#endif
       lower(p[0].leadLeft); lower(p[0].stampLeft); lower(p[0].waitLeft); lower(p[1].waitLeft) }
  od
}

init { atomic {
  p[1].inside = 1; p[1].id = OTHER; p[1].leadLeft = 1; row[OTHER].state = alive; row[OTHER].revision = 3;
  run Member(0); run Member(1)
} }
