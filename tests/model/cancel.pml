/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cancel.pml: taking requests back by number, in the middle of a request and of a
 * response, with server deaths and client resets at any step.
 *
 * PROTOCOL.md reserves this; the rules are: before the first packet of request q, the
 * cancel field must differ from q's low bits (alias), ordered before T. To cancel: REL,
 * the field = low bits of q, no further packet of q, receive to the end. The server
 * looks at safe points inside q: ACQ, then T, which it discards; it answers CANCELLED,
 * or if a packet of the response has gone, a packet of size CUT.
 *
 * The field has one bit here, so numbers alias at every second request. Two packets in
 * each request and response. One client, so no G: chan.pml has that.
 * Properties: packets are whole, of this grant and request; nothing is executed twice;
 * nothing is cancelled that its client did not cancel; the next request goes through.
 * Bounds: NSC server deaths, NCC client resets, NCAN cancels, MSGS requests a grant.
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
#ifndef MSGS
#define MSGS 3
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
#define CANCEL(sq) (4 * ((sq) % 2))	/* the field in CW, one bit */
#define ID(inc, ep)    ((inc) * 16 + (ep))
#define STAMP(e, sq, pk, dir) ((((e) * 4 + (sq)) * 2 + (pk)) * 3 + (dir) + 1)
#define REQUEST	0
#define ANSWER	1
#define CANCELLED 2
#define CUT	2			/* a size */

#include "memory.pml"
#include "labels.pml"

bool crash[2];
bool cancelled[32], executed[32];
byte nsc = NSC, ncc = NCC, ncan = NCAN;
#define Q(e, sq) ((e) * 4 + (sq))

#ifdef LOADS
inline void_loads(q) {
	old[I(q, T)] = NONE; old[I(q, F)] = NONE; old[I(q, D)] = NONE; old[I(q, S)] = NONE;
	old[I(q, C)] = NONE; old[I(q, SW)] = NONE; old[I(q, CW)] = NONE
}
#endif

#ifdef M_FLAG
#define WANTS_BACK (EP(L(0, CW)) == ep && (L(0, CW) & 4))
#elif defined(M_NO_TAG)
#define WANTS_BACK ((L(0, CW) & 4) == CANCEL(sq))
#else
#define WANTS_BACK (EP(L(0, CW)) == ep && (L(0, CW) & 4) == CANCEL(sq))
#endif
#define ASKED	(L(0, C) == ID(inc, ep))
#define LEFT	(held && L(0, CW) / 16 == ep && (L(0, CW) & DET))

proctype Server() {
	byte inc, ep, pk, sq, d;
	bool granted, held, working, answered, back;
boot:
	inc++;
	{
	skip;
	atomic {
		ep = EP(V(0, SW)); granted = false; held = (ep > 0); working = false; pk = 0; sq = 0;
		d = 0; answered = false; back = false
	}
	ST(0, SW, WORD(ep, 0));
	S_START_REL;
	ST(0, S, inc);
	S_READY_REL;
	ST(0, SW, WORD(ep, READY));
end_main:
	if
	:: ASKED -> goto grant
	:: LEFT -> goto free
	:: granted && !working && L(0, T) != 0 -> USED(0, T); goto receive
	:: granted && (working || pk > 0) && !answered && WANTS_BACK -> USED(0, CW); goto cancel
	:: granted && working && answered && L(0, F) == 0 && WANTS_BACK -> goto cut
	:: granted && working && L(0, F) == 0 -> USED(0, F); goto respond
	fi;

grant:
	S_REVOKE_REL;
	atomic { EMPTY(0, T) && EMPTY(0, F) -> PUT(0, T, 0); PUT(0, F, 0) }
	S_GRANT_REL;
	atomic { ep++; if :: ep >= EMAX -> goto end_bound :: else fi }
	ST(0, SW, WORD(ep, READY + GRANTED));
	atomic {
		granted = true; held = true; working = false; pk = 0; sq = 1; answered = false;
		goto end_main
	}
free:
	atomic {
		granted = false; held = false; working = false; pk = 0; answered = false; ep++;
		if :: ep >= EMAX -> goto end_bound :: else fi
	}
	S_FREE_REL;
	ST(0, SW, WORD(ep, READY));
	goto end_main;

receive:
	S_RECEIVE_ACQ;
	LD(0, D, d);
	S_RECEIVE_LS;
	atomic { assert(d == STAMP(ep, sq, pk, REQUEST)); d = 0 }
	ST(0, T, 0);
	atomic {
		pk++;
		if
		:: pk == 2 ->
			assert(!executed[Q(ep, sq)]);
			executed[Q(ep, sq)] = true; working = true; pk = 0
		:: else
		fi;
		goto end_main
	}

cancel:
	S_CANCEL_ACQ;
	assert(cancelled[Q(ep, sq)]);
#ifndef M_NO_DISCARD
	LD(0, T, d);
	if :: d != 0 -> d = 0; ST(0, T, 0) :: else fi;
#endif
	(L(0, F) == 0);
	S_RESPOND_ACQ;
	ST(0, D, STAMP(ep, sq, 0, CANCELLED));
	S_RESPOND_REL;
	ST(0, F, 1);
	goto next;

cut:
	assert(cancelled[Q(ep, sq)]);
	USED(0, F);
	USED(0, CW);
	S_RESPOND_ACQ;
	ST(0, F, CUT);
	goto next;

respond:
	S_RESPOND_ACQ;
	ST(0, D, STAMP(ep, sq, pk, ANSWER));
	S_RESPOND_REL;
	ST(0, F, 1);
	atomic { pk++; answered = true; if :: pk < 2 -> goto end_main :: else fi }
next:
	atomic { sq++; pk = 0; working = false; answered = false; goto end_main }

end_bound:
	do :: d = 1 :: d = 0 od
	} unless { crash[0] };
	DIE(0, d);
	atomic { FORGET(0); crash[0] = false; d = 0; goto boot }
}

#define MINE(x) (((x) & (READY | GRANTED)) == (READY | GRANTED) && EP(x) == e)
inline take_back() {
	atomic { ncan--; back = true; cancelled[Q(e, sq)] = true }
	C_CANCEL_REL;
	ST(p, CW, WORD(e, CANCEL(sq)))
}

proctype Client(byte p) {
	byte e0, e, s, sw, sq, pk, x, f;
	bool back;
boot:
	{
	skip;
look:
	atomic {
		(L(p, SW) & READY) -> sw = L(p, SW); USED(p, SW); e0 = EP(sw); e = 0; sq = 0;
		pk = 0; x = 0; f = 0; back = false
	}
	C_LOOK_ACQ;
	LD(p, S, s);
	if :: e0 >= EMAX || s == 0 -> goto end_bound :: else fi;
	C_LOOK_REL;
	ST(p, C, ID(s, e0));
asked:
	(EP(L(p, SW)) != e0 || !(L(p, SW) & READY) || L(p, S) != s);
	LD(p, SW, sw);
	C_ASKED_ACQ;
	if
	:: (sw & (READY | GRANTED)) == (READY | GRANTED) && EP(sw) == e0 + 1
	:: else -> goto look
	fi;
	atomic { e = EP(sw); sq = 1 }
	ST(p, CW, WORD(e, CANCEL(0)));

request:
	atomic { pk = 0; back = false }
#ifndef M_NO_ALIAS
	if
	:: (V(p, CW) & 4) == CANCEL(sq) -> ST(p, CW, WORD(e, CANCEL(sq + 1)))
	:: else
	fi;
#endif
send:
	if
	:: L(p, T) == 0 -> USED(p, T)
	:: !MINE(L(p, SW)) -> goto look
	:: pk > 0 && ncan > 0 ->
		take_back();
#ifdef M_SEND_AFTER_CANCEL
		(V(p, T) == 0)
#else
		pk = 0;
		goto drain
#endif
	fi;
	C_SEND_ACQ;
	LD(p, SW, sw);
	if :: MINE(sw) :: else -> goto look fi;
	ST(p, D, STAMP(e, sq, pk, REQUEST));
	C_SEND_REL;
	ST(p, T, 1);
	atomic { pk++; if :: pk < 2 -> goto send :: else -> pk = 0 fi }

drain:
	if
	:: L(p, F) != 0 -> LD(p, F, f)
	:: !MINE(L(p, SW)) -> goto look
	:: !back && ncan > 0 -> take_back(); goto drain
	fi;
	C_RECEIVE_ACQ;
	if :: f == CUT -> assert(back && pk == 1); ST(p, F, 0); goto done :: else fi;
	LD(p, D, x);
	C_RECEIVE_LS;
	if
	:: x == STAMP(e, sq, 0, CANCELLED) -> assert(back && pk == 0); ST(p, F, 0); goto done
	:: x == STAMP(e, sq, pk, ANSWER) -> ST(p, F, 0)
	:: else -> assert(false)
	fi;
	atomic { pk++; if :: pk < 2 -> goto drain :: else fi }
done:
	atomic { sq++; x = 0; f = 0; if :: sq <= MSGS -> goto request :: else fi }
	C_DETACH_REL;
	ST(p, CW, WORD(e, DET));
	goto end_left;
end_bound:
	do :: x = 1 :: x = 0 od;
end_left:
	false
	} unless { crash[1] };
	DIE(p, x);
	atomic { FORGET(p); crash[1] = false; x = 0; goto boot }
}

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
