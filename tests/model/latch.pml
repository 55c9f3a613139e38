/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * latch.pml: lib/linux/latch.c: two setters, who do not wait for anything, and the owner
 *
 * What is published goes through the memory of memory.pml. The latch's word does not: each
 * change of it is one step, a read-modify-write, for which all processors agree upon an
 * order; what it orders besides is in the labels.
 *
 * Property: the owner sees everything in the end ("invalid end state": he sleeps for ever).
 * Bounds: MSGS settings of each setter, which also says for how long he owns the latch.
 * LOADS: early loads. DIES: the first setter may die between setting and ringing, the
 * second one sets later; SHARED: what a shared latch does about that.
 */
#ifndef MSGS
#define MSGS 2
#endif

#define SET	 1
#define SLEEPING 2

#define NW 2
#define NP 3

#include "memory.pml"

#ifndef SET_REL
#define SET_REL		REL(p)
#endif
#ifndef RESET_ACQ
#define RESET_ACQ	ACQ(0)
#endif

byte word;
bool bell, first_has_gone;

#ifdef LOADS
inline void_loads(q) { old[I(q, 0)] = NONE; old[I(q, 1)] = NONE }
#endif

#ifdef SHARED
#define MUST_RING(was)	((was) & SLEEPING)
#else
#define MUST_RING(was)	((was) == SLEEPING)
#endif

proctype Setter(byte p) {
	byte i, was;
#ifdef DIES
	(p == 1 || first_has_gone);
#endif
	for (i : 1 .. MSGS) {
		ST(p, p - 1, i);
#ifdef M_LOOK_FIRST
		if :: word & SET -> goto next :: else fi;
#endif
		SET_REL;
		atomic { was = word; word = word | SET };
#ifdef DIES
		if :: p == 1 -> break :: skip fi;
#endif
		if :: MUST_RING(was) -> bell = true :: else fi;
next:		skip
	}
	if :: p == 1 -> first_has_gone = true :: else fi
}

#ifdef DIES
#define ALL(x, y)	((x) >= 1 && (y) == MSGS)
#else
#define ALL(x, y)	((x) == MSGS && (y) == MSGS)
#endif

proctype Owner() {
	byte x, y, was;
again:
#ifndef M_LATE_RESET
	word = word & SLEEPING;
	RESET_ACQ;
#endif
	LD(0, 0, x);
	LD(0, 1, y);
	if :: ALL(x, y) -> goto done :: else fi;
#ifdef M_LATE_RESET
	word = word & SLEEPING;
	RESET_ACQ;
#endif
	atomic { was = word; word = word | SLEEPING };
#ifndef M_NO_SECOND_LOOK
	if :: was & SET -> goto awake :: else fi;
#endif
	atomic { bell -> bell = false };
awake:
	word = word & SET;
	goto again;
done:	skip
}

proctype Memory() {
end_memory:
	do
	DRAIN(1, 0) DRAIN(2, 1)
	DRAIN_EARLY(1, 0, 0) DRAIN_EARLY(2, 1, 0)
	od
}

init {
	byte i;

	d_step {
		for (i : 0 .. NP * NW - 1) {
			sb[i] = NONE;
#ifdef LOADS
			old[i] = NONE
#endif
		}
		i = 0
	}
	atomic { run Setter(1); run Setter(2); run Owner(); run Memory() }
}
