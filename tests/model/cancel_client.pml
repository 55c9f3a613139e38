/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cancel_client.pml: the client's end. lib/core/channel.c.
 */
#define MINE(x) (((x) & (READY | GRANTED)) == (READY | GRANTED) && EP(x) == e)
#define TAKEN	(L(p, T) == 0 || !MINE(L(p, SW)))
#define NEWS	(L(p, F) != 0 || !MINE(L(p, SW)))
#define PATIENCE_ENDS (!back && ncan > 0)

inline take_back() {
	atomic { ncan--; back = true; cancelled[Q(e, sq)] = true; field = CANCEL(sq) }
	C_CANCEL_REL;
	ST(p, CW, WORD(e, field));
#ifndef M_NO_CANCEL_RING
	ring_server()
#endif
}

#ifdef SLEEP
/* Until there may be news, or patience ends. */
#define C_SLEEP(news) \
	ST(p, CW, WORD(e, field + ASLEEP)); \
	C_SLEEP_FULL; \
	if \
	:: news \
	:: !(news) -> if :: atomic { bell_c -> bell_c = false } :: PATIENCE_ENDS fi \
	fi; \
	ST(p, CW, WORD(e, field))
#define OR_SLEEP(news) :: !(news) -> C_SLEEP(news)
#else
#define OR_SLEEP(news)
#endif
#define ASKED_NEWS (EP(L(p, SW)) != e0 || L(p, S) != s)

proctype Client(byte p) {
	byte e0, e, s, sw, sq, pk, x, f;
	byte field;	/* as we wrote it last */
	bool back, part;
boot:
	{
	skip;
look:
	atomic {
		(L(p, SW) & READY) -> sw = L(p, SW); USED(p, SW); e0 = EP(sw); e = 0; sq = 0;
		pk = 0; x = 0; f = 0; back = false; part = false; field = 0
	}
	C_LOOK_ACQ;
	LD(p, S, s);
	if :: e0 >= EMAX || s == 0 -> goto end_bound :: else fi;
	C_LOOK_REL;
	ST(p, C, ID(s, e0));
	ring_server();
asked:
	LD(p, SW, sw);
	C_ASKED_ACQ;
	LD(p, S, x);
	if
	:: (sw & (READY | GRANTED)) == (READY | GRANTED) && EP(sw) == e0 + 1
	:: else ->
		if
		:: EP(sw) != e0 || x != s -> goto look
		:: else ->
#ifdef SLEEP
			C_SLEEP_FULL;
			if :: ASKED_NEWS :: else -> atomic { bell_c -> bell_c = false } fi;
#else
			ASKED_NEWS;
#endif
			goto asked
		fi
	fi;
	atomic { e = EP(sw); sq = 1; x = 0; field = CANCEL(0) }
	ST(p, CW, WORD(e, field));

request:
	atomic { pk = 0; back = false; part = false }
#ifndef M_NO_ALIAS
	if
	:: field == CANCEL(sq) -> goto next		/* the number is left out */
	:: field == CANCEL(sq) -> field = CANCEL(sq - 1); ST(p, CW, WORD(e, field))
	:: else
	fi;
#endif
send:
	if
	:: TAKEN -> goto taken
	OR_SLEEP(TAKEN)
	:: PATIENCE_ENDS && pk == 0 ->
		atomic { ncan--; goto next }	/* nothing of it was sent: not used again */
	:: PATIENCE_ENDS && pk > 0 ->
		take_back();
#ifdef M_SEND_AFTER_CANCEL
		(V(p, T) == 0)
#else
		atomic { part = true; pk = 0; goto receive }
#endif
	:: ndet > 0 -> ndet--; goto detach
	fi;
	goto send;
taken:
	LD(p, T, x);
	C_SEND_ACQ;
	LD(p, SW, sw);
	if :: !MINE(sw) -> goto look :: x != 0 && MINE(sw) -> goto send :: else fi;
	LD(p, F, f);
	ST(p, D, STAMP(e, sq, pk, REQUEST));
	C_SEND_REL;
	if
	:: f != 0 -> atomic { assert(pk == 0); EMPTY(p, T) && EMPTY(p, F) -> PUT(p, T, 1); PUT(p, F, 0) }
	:: else -> ST(p, T, 1)
	fi;
	ring_server();
	atomic { pk++; f = 0; if :: pk < RQ -> goto send :: else -> pk = 0 fi }

receive:
	if
	:: NEWS -> goto answer
	OR_SLEEP(NEWS)
	:: PATIENCE_ENDS -> take_back()
	:: ndet > 0 -> ndet--; goto detach
	fi;
	goto receive;
answer:
	LD(p, F, f);
	if
	:: f == 0 -> LD(p, SW, sw); if :: MINE(sw) -> goto receive :: else -> goto look fi
	:: else
	fi;
	C_RECEIVE_ACQ;
	if
	:: f == CUT -> assert(back && !part && pk > 0); goto next
	:: else
	fi;
	LD(p, D, x);
	C_RECEIVE_LS;
	atomic {
		if
		:: x == STAMP(e, sq, 0, CANCELLED) ->
			assert(back && pk == 0 && !executed[Q(e, sq)]); goto next
		:: else
		fi;
		assert(x == STAMP(e, sq, pk, ANSWER) && !part && executed[Q(e, sq)]);
		pk++; x = 0; f = 0;
		if :: pk == RS -> goto next :: else fi
	}
	ST(p, F, 0);
	ring_server();
	goto receive;
next:	/* F stands until the next request */
	atomic { sq++; x = 0; f = 0; if :: sq <= MSGS -> goto request :: else fi }
detach:	/* whatever number stands there then: nobody waits for the answer */
	atomic { cancelled[Q(e, sq)] = true; field = 0 }
	C_DETACH_REL;
	ST(p, CW, WORD(e, DET));
	ring_server();
	if :: sq <= MSGS -> goto look :: else fi;
	goto end_left;
end_bound:
	do :: x = 1 :: x = 0 od;
end_left:
	false
	} unless { crash[1] };
	DIE(p, x);
	atomic { FORGET(p); crash[1] = false; x = 0; goto boot }
}
