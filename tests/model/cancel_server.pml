/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cancel_server.pml: the server's end. lib/core/server.c.
 */
/* receive: sq is the last request's, or that of the one whose pk packets are here */
#define RECEIVE 0
#define WORK	1
#define SEND	2	/* pk packets of its response have gone */

#ifdef M_FLAG
#define WANTS_BACK (EP(L(0, CW)) == ep && (L(0, CW) & FIELD))
#else
#define WANTS_BACK (EP(L(0, CW)) == ep && (L(0, CW) & FIELD) == CANCEL(sq))
#endif
#define ASKED	(L(0, C) == ID(inc, ep))
#define LEFT	(held && EP(L(0, CW)) == ep && (L(0, CW) & DET))
#define PACKET	(granted && state == RECEIVE && L(0, T) != 0)
/* T may have been 0 at the look before, and be so no more. */
#define STOP	(granted && state == RECEIVE && pk > 0 && WANTS_BACK)
#define ROOM	(granted && state == SEND && L(0, F) == 0)
#define FLAGS	(READY + (granted -> GRANTED : 0))

inline forget() { state = RECEIVE; pk = 0; sq = 0; what = ANSWER }

proctype Server() {
	byte inc, ep, state, pk, sq, c, what;
	bool granted, held;
#ifdef M_NO_DISCARD
	bool part;
#endif
boot:
	inc++;
	{
	skip;
	atomic { ep = EP(V(0, SW)); granted = false; held = (ep > 0); c = 0; forget() }
	ST(0, SW, WORD(ep, 0));
	S_START_REL;
	ST(0, S, inc);
	S_READY_REL;
	ST(0, SW, WORD(ep, READY));
	ring_always();
end_main:
	if
	:: ASKED -> goto grant
	:: LEFT -> goto free
	:: PACKET -> USED(0, T); goto receive
	:: STOP -> USED(0, CW);
#ifdef M_NO_DISCARD
		part = true;
#endif
		goto taken_back
	:: granted && state == WORK -> goto work
	:: ROOM -> USED(0, F); goto respond
#ifdef SLEEP
	:: !ASKED && !LEFT && !PACKET && !STOP && !ROOM && !(granted && state == WORK) -> goto sleep
#endif
	fi;

grant:
	S_REVOKE_REL;
	atomic { EMPTY(0, T) && EMPTY(0, F) -> PUT(0, T, 0); PUT(0, F, 0) }
	S_GRANT_REL;
	atomic { ep++; if :: ep >= EMAX -> goto end_bound :: else fi }
	ST(0, SW, WORD(ep, READY + GRANTED));
	atomic { granted = true; held = true; forget() }
	ring_always();
	goto end_main;
free:
	atomic {
		granted = false; held = false; forget(); ep++;
		if :: ep >= EMAX -> goto end_bound :: else fi
	}
	ST(0, SW, WORD(ep, READY));
	ring_always();
	goto end_main;

receive:
	S_RECEIVE_ACQ;
	LD(0, D, c);
	S_RECEIVE_LS;
	atomic {
		assert(pk > 0 || SQ(c) > sq);	/* a new one */
		sq = SQ(c);
		assert(c == STAMP(ep, sq, pk, REQUEST));
		c = 0; pk++;
		if :: pk == RQ -> state = WORK; pk = 0; goto end_main :: else fi
	}
	ST(0, T, 0);
	ring_client();
	goto end_main;

work:	/* a safe point, or the end */
	if
	:: WANTS_BACK -> USED(0, CW); goto taken_back
	:: true -> atomic {
		assert(!executed[Q(ep, sq)]);
		executed[Q(ep, sq)] = true; state = SEND; pk = 0; what = ANSWER
	}
	fi;
	goto end_main;

taken_back:
	atomic {
		assert(cancelled[Q(ep, sq)]);
		state = SEND; pk = 0; what = CANCELLED; goto end_main
	}

respond:
	S_RESPOND_ACQ;
	if
	:: pk > 0 && WANTS_BACK ->
		USED(0, CW);
		assert(cancelled[Q(ep, sq)]);
#ifdef M_CUT_IS_SHORT
		ST(0, F, 1);
#else
		ST(0, F, CUT);
#endif
		goto sent
	:: !(pk > 0 && WANTS_BACK) -> USED(0, CW)
	fi;
	ST(0, D, STAMP(ep, sq, pk, what));
	S_RESPOND_REL;
	LD(0, T, c);	/* of a request that was taken back, another packet may stand */
#ifdef M_NO_DISCARD
	if :: part -> c = 0; part = false :: else fi;
#endif
	if
#ifndef M_S_ZERO
	:: c == 0 -> ST(0, F, 1)
	:: else ->
#else
	:: true ->
#endif
		atomic { EMPTY(0, T) && EMPTY(0, F) -> PUT(0, T, 0); PUT(0, F, 1) }
	fi;
	c = 0;
	atomic { pk++; if :: pk == RS || what == CANCELLED -> goto sent :: else fi }
	ring_client();
	goto end_main;
sent:
	atomic { state = RECEIVE; pk = 0; what = ANSWER }
	ring_client();
	goto end_main;

#ifdef SLEEP
sleep:
	ST(0, SW, WORD(ep, FLAGS + SLEEPING));
	S_SLEEP_FULL;
	if :: ASKED || LEFT || PACKET || STOP || ROOM -> goto awake :: else fi;
end_asleep:
	atomic { bell_s -> bell_s = false }
awake:
	ST(0, SW, WORD(ep, FLAGS));
	goto end_main;
#endif
end_bound:
	do :: c = 1 :: c = 0 od
	} unless { crash[0] };
	DIE(0, c);
	atomic { FORGET(0); crash[0] = false; c = 0; goto boot }
}
