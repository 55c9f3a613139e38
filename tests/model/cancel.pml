/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cancel.pml: taking requests back by number, in the middle of a request and of a
 * response, with server deaths and client resets at any step. lib/PROTOCOL.md, 5.6.
 *
 * The field has one bit here, so numbers alias at every second request. One client, so
 * no G: chan.pml has that.
 * Properties: packets are whole, of this grant and request; nothing is executed twice;
 * nothing is cancelled that its client did not cancel; what is answered CANCELLED was not
 * executed; the next request goes through; with SLEEP, nobody sleeps while something
 * waits for him.
 * Bounds: NSC server deaths, NCC client resets, NCAN cancels, NDET detaches at any time,
 * MSGS requests a grant, RQ and RS packets in each request and response (2 at most).
 * Options: LOADS early loads; SLEEP both sides sleep whenever nothing is there.
 */
#ifndef NSC
#define NSC 0
#endif
#ifndef NCC
#define NCC 0
#endif
#ifndef NCAN
#define NCAN 2
#endif
#ifndef NDET
#define NDET 0
#endif
#ifndef MSGS
#define MSGS 3
#endif
#ifndef RQ
#define RQ 2
#endif
#ifndef RS
#define RS 2
#endif
#ifndef EMAX
#define EMAX 4
#endif

#define T  0
#define F  1
#define D  2
#define S  3
#define C  4
#define SW 5
#define CW 6
#define NW 7
#define NP 2

#define READY	1
#define GRANTED	2
#define EP(x)	((x) / 16)
#define WORD(e, flags) ((e) * 16 + (flags))
#define DET	2
#define FIELD	4
#define CANCEL(sq) (FIELD * ((sq) % 2))	/* the field in CW, one bit */
#define ID(inc, ep)    ((inc) * 16 + (ep))
#define STAMP(e, sq, pk, dir) ((((e) * 4 + (sq)) * 2 + (pk)) * 3 + (dir) + 1)
#define REQUEST	0
#define ANSWER	1
#define CANCELLED 2
#define SQ(stamp) (((stamp) - 1) / 6 % 4)
#define CUT	2			/* a size */

#include "memory.pml"
#include "labels.pml"
#ifdef SLEEP
#include "bell.pml"
#else	/* nobody has a bell */
bool bell_c;
#define ring_server() skip
#define ring_client() skip
#define ring_always() skip
#endif

bool crash[2];
bool cancelled[17], executed[17];
byte nsc = NSC, ncc = NCC, ncan = NCAN, ndet = NDET;
#define Q(e, sq) ((e) * 4 + (sq))

#ifdef LOADS
inline void_loads(q) {
	old[I(q, T)] = NONE; old[I(q, F)] = NONE; old[I(q, D)] = NONE; old[I(q, S)] = NONE;
	old[I(q, C)] = NONE; old[I(q, SW)] = NONE; old[I(q, CW)] = NONE
}
#endif

#include "cancel_server.pml"
#include "cancel_client.pml"

proctype Memory() {
end_memory:
	do
	DRAIN(0, T) DRAIN(0, F) DRAIN(0, D) DRAIN(0, S) DRAIN(0, SW)
	DRAIN(1, T) DRAIN(1, F) DRAIN(1, D) DRAIN(1, C) DRAIN(1, CW)
	DRAIN_EARLY(0, T, 1) DRAIN_EARLY(0, F, 1) DRAIN_EARLY(0, D, 1) DRAIN_EARLY(0, S, 1)
	DRAIN_EARLY(0, SW, 1)
	DRAIN_EARLY(1, T, 0) DRAIN_EARLY(1, F, 0) DRAIN_EARLY(1, D, 0) DRAIN_EARLY(1, C, 0)
	DRAIN_EARLY(1, CW, 0)
	od
}

proctype World() {
end_world:
	do
	:: atomic { nsc > 0 && !crash[0] -> nsc--; crash[0] = true }
	:: atomic { ncc > 0 && !crash[1] -> ncc--; crash[1] = true }
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
	atomic { run Server(); run Client(1); run Memory(); run World() }
}
