/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chan_client.pml: a client's end. lib/core/channel_attach.c, channel.c.
 */
#if defined(M_MINE_READY) && defined(M_MINE_GRANTED)
#define MINE(x) (EP(x) == e)
#elif defined(M_MINE_READY)
#define MINE(x) (((x) & GRANTED) && EP(x) == e)
#elif defined(M_MINE_GRANTED)
#define MINE(x) (((x) & READY) && EP(x) == e)
#elif defined(M_MINE_EPOCH)
#define MINE(x) (((x) & (READY | GRANTED)) == (READY | GRANTED))
#else
#define MINE(x) (((x) & (READY | GRANTED)) == (READY | GRANTED) && EP(x) == e)
#endif

/* Where there may be no server for ever, that is no deadlock. */
#ifdef GONE
#define LOOK end_look
#define ASKED end_asked
#else
#define LOOK look
#define ASKED asked
#endif

#ifdef M_NO_G
#define GRANT_IS_OURS true
#else
#define GRANT_IS_OURS (g0 == id && g1 == id)
#endif
#ifdef M_NO_EPOCH_1
#define GRANT_IS_NEXT true
#else
#define GRANT_IS_NEXT (EP(sw) == e0 + 1)
#endif
#ifdef M_NO_S
#define SERVER_CHANGED(x) false
#else
#define SERVER_CHANGED(x) ((x) != s)
#endif
#ifdef M_NO_VOID_EPOCH
#define ASKED_EPOCH(x) (EP(x) == e0 + 1 && L(p, G0) == id)
#else
#define ASKED_EPOCH(x) (EP(x) != e0)
#endif
#ifdef M_NO_C
#define OVERWRITTEN(x, y) false
#else
#define OVERWRITTEN(x, y) ((x) != id || (y) != id)
#endif

inline put_data(x) {
	atomic { EMPTY(p, D0) && EMPTY(p, D1) -> PUT(p, D0, x); PUT(p, D1, x) }
}

proctype Client(byte p; byte owner) {
	byte id, e0, s, sw, g0, g1, c0, c1, e, sq, pk, x;
	bool bad, cut, spoilt;
boot:
	{
	skip;
LOOK:	/* attach, step 1 */
	atomic {
		(L(p, SW) & READY) -> sw = L(p, SW); USED(p, SW); e0 = EP(sw);
		g0 = 0; g1 = 0; c0 = 0; c1 = 0; x = 0; e = 0; sq = 0; pk = 0; s = 0; id = 0;
		bad = false; cut = false; spoilt = false
	}
	C_LOOK_ACQ;
	if
#ifndef M_RUDE
	:: sw & HELD ->
		LD(p, G0, g0);
		if
		:: OWN(g0) != owner ->
			if
			:: L(p, SW) != sw -> USED(p, SW); goto LOOK
			:: p == 2 -> goto finish	/* another has it: OC_EBUSY */
			fi
		:: else
		fi
#endif
	:: else
	fi;
	/* step 2 */
	LD(p, S, s);
	atomic {
		if
		:: s == 0 -> goto LOOK
		:: e0 >= EMAX -> goto end_bound
		:: else -> id = MKID(p, s, e0); g0 = 0
		fi
	}
	C_LOOK_REL;
#if defined(SC) || defined(LATE)
	ST(p, C0, id);
	ST(p, C1, id);
#else
	atomic { EMPTY(p, C0) && EMPTY(p, C1) -> PUT(p, C0, id); PUT(p, C1, id) }
#endif
#ifdef M_GIVE_UP_ASKED
	if :: p == 2 -> goto finish :: skip fi;
#endif
ASKED:	/* step 3 */
	(ASKED_EPOCH(L(p, SW)) || SERVER_CHANGED(L(p, S)) ||
	 OVERWRITTEN(L(p, C0), L(p, C1)));
	LD(p, SW, sw);
	C_ASKED_ACQ;
#ifdef RED
	atomic { g0 = V(p, G0); g1 = V(p, G1) }
#else
	LD(p, G0, g0);
	LD(p, G1, g1);
#endif
	if
#ifdef M_NO_GRANTED
	:: (sw & READY) && GRANT_IS_NEXT && GRANT_IS_OURS ->
#else
	:: (sw & (READY | GRANTED)) == (READY | GRANTED) && GRANT_IS_NEXT && GRANT_IS_OURS ->
#endif
		goto accept
	:: else
	fi;
#ifdef RED
	atomic { x = V(p, S); c0 = V(p, C0); c1 = V(p, C1); g0 = 0; g1 = 0 }
#else
	LD(p, S, x);
	LD(p, C0, c0);
	LD(p, C1, c1);
#endif
	atomic {
		if
#ifdef M_NO_VOID_EPOCH
		:: SERVER_CHANGED(x) || OVERWRITTEN(c0, c1) -> goto LOOK
#else
		:: EP(sw) != e0 || SERVER_CHANGED(x) || OVERWRITTEN(c0, c1) ->
			goto LOOK			/* after a random wait */
#endif
		:: else -> x = 0; c0 = 0; c1 = 0; goto ASKED
		fi
	}
accept:	/* step 4 */
	atomic { e = EP(sw); g0 = 0; g1 = 0; }
	ST(p, CW, WORD(e, 0));

next:
	atomic {
		if :: sq == MSGS -> goto detach :: else fi;
		pk = 0; bad = false; cut = false
	}
send:
#ifdef M_C_SEND_ACQ
	put_data(STAMP(id, sq, pk, 0));
#endif
#ifdef M_NO_WAIT_T
	if
	:: pk == 0
	:: pk > 0 -> (L(p, T) == 0 || !MINE(L(p, SW)))
	fi;
#else
	(L(p, T) == 0 || !MINE(L(p, SW)));
#endif
#ifdef GIVEUP
	if :: pk > 0 -> cut = true; goto detach :: skip fi;
#endif
#ifndef M_NO_WAIT_T
	LD(p, T, x);
	if :: x != 0 -> goto lost :: else fi;
#endif
	C_SEND_ACQ;
	LD(p, SW, sw);
#ifndef M_SEND_ANYWAY
	if :: MINE(sw) :: else -> goto lost fi;
#endif
	/* A response that stands: the last one, until this request. */
	LD(p, F, x);
#ifdef BADMSG
	if :: x != 0 && pk > 0 -> assert(spoilt); cut = true; goto detach :: else fi;
	atomic {
		if :: sq == 0 && !bad -> bad = true; spoilt = (pk + 1 < RQ) :: true fi
	}
	if
	:: bad -> put_data(BAD)
	:: else -> put_data(STAMP(id, sq, pk, 0))
	fi;
#else
	assert(x == 0 || sq > 0 && pk == 0);		/* nothing that was not asked for */
#ifndef M_C_SEND_ACQ
	put_data(STAMP(id, sq, pk, 0));
#endif
#endif
	C_SEND_REL;
	if
#ifndef M_C_ZERO
	:: x == 0 -> ST(p, T, 1)
	:: else ->
#else
	:: true ->
#endif
		atomic { EMPTY(p, T) && EMPTY(p, F) -> PUT(p, T, 1); PUT(p, F, 0) }
	fi;
	atomic {
		pk++; x = 0;
		if :: pk < RQ -> goto send :: else -> pk = 0; x = 0 fi
	}
receive:
#ifdef GIVEUP
	if :: cut = true; goto detach :: skip fi;
#endif
	if
	:: L(p, F) != 0 -> USED(p, F)
	:: !MINE(L(p, SW)) ->
#ifndef M_NO_LAST_LOOK
		C_LAST_ACQ;	/* a server that stopped gave its last response before */
		LD(p, F, x);
		if :: x != 0 -> x = 0; goto take :: else fi;
#endif
		HANDED_MISSED(p);
		goto lost
	fi;
take:
	C_RECEIVE_ACQ;
	HANDED(0);
#ifdef M_C_RECEIVE_LS
	if :: pk + 1 < RS -> ST(p, F, 0) :: else fi;
#endif
#ifdef RED
	atomic { g0 = V(p, D0); g1 = V(p, D1) }
#else
	LD(p, D0, g0);
	LD(p, D1, g1);
#endif
	C_RECEIVE_LS;
#ifndef M_NO_WHOSE
	LD(p, SW, sw);
	if :: EP(sw) != e -> g0 = 0; g1 = 0; goto lost :: else fi;
#endif
#ifdef BADMSG
	atomic {
		if
		:: bad && !spoilt ->	/* all of it was sent: the refusal, and no more */
			assert(g0 == REFUSED && g1 == REFUSED); g0 = 0; g1 = 0; goto refused
		:: spoilt && (g0 != g1 || g0 != STAMP(id, sq, pk, 1)) ->
			g0 = 0; g1 = 0; cut = true; goto detach		/* broken() */
		:: else
		fi
	}
#endif
	atomic {
		assert(g0 == g1);
		assert(g0 == STAMP(id, sq, pk, 1));
		g0 = 0; g1 = 0
	}
#ifndef M_C_RECEIVE_LS
	if :: pk + 1 < RS -> ST(p, F, 0) :: else fi;
#endif
	atomic {
		pk++;
		if :: pk < RS -> goto receive :: else fi
	}
refused:
#ifdef EITHER
	if :: ST(p, F, 0) :: true fi;	/* else F stands until the next request */
#endif
	atomic { sq++; goto next }

lost:
	LD(p, SW, sw);
	C_LOST_ACQ;
	LD(p, S, x);
	atomic {
#if OWN2 != 1
#ifdef M_LOST_NO_S
		assert(!((sw & READY) && !MINE(sw)));
#else
		assert(!((sw & READY) && !MINE(sw) && x == s));	/* a live client put out */
#endif
#endif
		if :: goto LOOK :: cut = false; goto detach fi
	}
detach:
	/* Another epoch's client_word is not ours. */
#ifndef M_NO_DETACH_LOOK
	LD(p, SW, sw);
	if :: EP(sw) != e -> goto left :: else fi;
#endif
	C_DETACH_REL;
	ST(p, CW, WORD(e, DET));
#ifdef M_AFTER_DETACH
	ST(p, F, 0);
#endif
left:
#ifndef LEAVE
	if :: cut -> goto LOOK :: else fi;
#endif
	(np[p] == 0);
finish:
	alive[p] = false;
	goto end_finish;
end_bound:
	do :: x = 1 :: x = 0 od;
end_finish:
	false
	} unless { crash[p] };

	DIE(p, x);
	HANDED(0);
	atomic { FORGET(p); crash[p] = false; alive[p] = false;
#ifdef REPORTS
		report[p] = true;
#endif
	}
#ifdef REPORTS
	if
	:: atomic { alive[p] = true; FORGET(p); goto boot }
#ifdef REPORT1
	:: true
#else
	:: p == 2
#endif
	fi;
	/* Others wait for this. */
	(!(mem[SW] & HELD) || OWN(mem[G0]) != owner);
#else
	atomic { alive[p] = true; goto boot };
#endif
end_dead:
	false
}
