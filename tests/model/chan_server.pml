/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chan_server.pml: the server's end. lib/core/server_grant.c, server.c.
 */
#ifdef M_NO_STAMP_EPOCH
#define OKEP(c) true
#else
#define OKEP(c) (IDEP(c) == ep)
#endif
#ifdef M_NO_STAMP_SERVER
#define OKINC(c) true
#else
#define OKINC(c) (IDINC(c) == inc)
#endif
#ifdef M_NO_OWNER
#define OKOWN(c) true
#else
#define OKOWN(c) (!held || OWN(c) == hown)
#endif
#ifdef M_NO_CHECK_WORD
#define MAY_HAVE_IT (c0 != 0 && c1 != 0 && OKEP(c1) && OKINC(c1) && OKOWN(c0))
#else
#define MAY_HAVE_IT (c0 == c1 && c0 != 0 && OKEP(c0) && OKINC(c0) && OKOWN(c0))
#endif
#ifdef M_KEEP_GRANTED
#define LEFT_GRANTED (mem[SW] & GRANTED)
#else
#define LEFT_GRANTED 0
#endif
#ifdef M_FREE_GRANTED
#define LEFT(cw) (granted && (cw) == WORD(ep, DET))
#elif defined(M_NO_TAG)
#define LEFT(cw) (held && (cw) % 16 == DET)
#else
#define LEFT(cw) (held && (cw) == WORD(ep, DET))
#endif
#define CHANGED (L(0, C0) != seen0 || L(0, C1) != seen1)

/* Epochs beyond the bound are not looked at. */
#define STEP ep++; if :: ep >= EMAX -> goto end_bound :: else fi

proctype Server() {
	byte inc, ep, hown, c0, c1, seen0, seen1, sw, pk, d0, d1, sq, gid;
	bool held, granted, sending, refusing, spoilt;
boot:
	inc++;
	{
	skip;
start:
	atomic {
		FORGET(0);
		sw = V(0, SW); ep = EP(sw); held = ((sw & (HELD | GRANTED)) != 0);
#ifdef M_FORGET_HELD
		held = false;
#endif
#ifdef M_EPOCH_ZERO
		ep = 0;
#endif
		granted = false; sending = false; refusing = false; spoilt = false;
		gid = 0; pk = 0; sq = 0; seen0 = 0; seen1 = 0; c0 = 0; c1 = 0; d0 = 0; d1 = 0;
		sw = 0; hown = 0;
	}
#ifndef M_NO_FAREWELL
	atomic {	/* left over from before the epoch began anew */
		if
#ifdef M_FAREWELL_NEXT
		:: !held && V(0, CW) == WORD(ep + 1, DET) -> STEP
#else
		:: !held && EP(V(0, CW)) > ep -> ep = EP(V(0, CW))
#endif
		:: else
		fi;
		if :: ep >= EMAX -> goto end_bound :: else fi
	}
#endif
	atomic { d0 = V(0, G0); hown = (held -> OWN(d0) : 0); d0 = 0 }
#ifndef M_NO_STARTING
	ST(0, SW, WORD(ep, (held -> HELD : 0) + LEFT_GRANTED));
#endif
	S_START_REL;
	ST(0, S, inc);
	S_READY_REL;
	ST(0, SW, WORD(ep, (held -> HELD : 0) + READY + LEFT_GRANTED));
#if defined(REPORTS) && !defined(M_NO_ASK)
	/* Its predecessor may have been told, and died before it freed. */
	atomic { report[1] = !alive[1]; report[2] = C2 && !alive[2] }
#endif

end_main:
	if
	:: CHANGED -> goto look
	:: LEFT(L(0, CW)) -> USED(0, CW); goto free
#ifdef REPORTS
	:: report[1] -> goto told1
	:: report[2] -> goto told2
#endif
#ifdef M_NO_GRANT
	:: !sending && L(0, T) != 0 -> USED(0, T); goto receive
#elif defined(M_WHILE_SENDING)
	:: granted && L(0, T) != 0 -> USED(0, T); goto receive
#else
	:: granted && !sending && L(0, T) != 0 -> USED(0, T); goto receive
#endif
#if defined(M_S_RESPOND_ACQ) || defined(M_NO_WAIT_F)
	:: granted && sending -> goto respond
#else
	:: granted && sending && L(0, F) == 0 -> USED(0, F); goto respond
#endif
	:: nss > 0 -> goto stop
	fi;

look:
	LD(0, C0, c0);
	LD(0, C1, c1);
	atomic {
		seen0 = c0; seen1 = c1;
		if
		:: MAY_HAVE_IT -> skip
		:: else -> c0 = 0; c1 = 0; goto end_main
		fi
	}

grant:
#ifndef M_NO_REVOKE
	if :: granted -> ST(0, SW, WORD(ep, HELD + READY)) :: else fi;
#endif
	granted = false;
	S_REVOKE_REL;
#ifndef M_NO_CLEAR
	atomic { EMPTY(0, T) && EMPTY(0, F) -> PUT(0, T, 0); PUT(0, F, 0) }
#endif
#ifdef LATE
	ST(0, G0, c0);
	ST(0, G1, c1);
#else
	atomic { EMPTY(0, G0) && EMPTY(0, G1) -> PUT(0, G0, c0); PUT(0, G1, c1) }
#endif
	S_GRANT_REL;
#ifndef M_GRANT_NO_STEP
	atomic { STEP }
#endif
	ST(0, SW, WORD(ep, HELD + GRANTED + READY));
	atomic {
		granted = true; held = true; gid = (c0 == c1 -> c0 : 0); hown = OWN(c0); HANDED(0);
#ifndef M_KEEP_WORK
		pk = 0; sq = 0; sending = false;
#endif
		refusing = false; spoilt = false; c0 = 0; c1 = 0;
		goto end_main
	}

#ifdef REPORTS
told1:
	c1 = 1;
	goto told;
told2:
	c1 = 2;
told:
	/*
	 * A report is a hint to ask: the client may have come back since. Who came back
	 * after the question must have seen our last grant.
	 */
	S_REPORT_FULL;
	atomic {
		report[c1] = false;
		if
#ifndef M_REPORT_IS_DEATH
		:: alive[c1] -> c1 = 0; goto end_main
#endif
		:: else -> skip
		fi
	}
	atomic {
		if
		:: held && hown == (c1 == 2 -> OWN2 : 1) -> c1 = 0; goto free
		:: else -> skip
		fi
	}
	/* A dead client's request stands: it must not be granted later. */
	LD(0, C0, c0);
	atomic {
		if
#ifndef M_NO_VOID
		:: !held && c0 != 0 && WHO(c0) == c1 -> skip	/* whole or not */
#endif
		:: else -> c0 = 0; c1 = 0; goto end_main
		fi
	}
	atomic { c0 = 0; c1 = 0 }
#endif

free:
	atomic {
		held = false; granted = false; gid = 0; hown = 0;
		sending = false; pk = 0; sq = 0; refusing = false; spoilt = false;
#ifndef M_FREE_NO_STEP
		STEP
#endif
	}
	ST(0, SW, WORD(ep, READY));
	goto end_main;

receive:
	S_RECEIVE_ACQ;
#ifdef M_S_RECEIVE_LS
	if :: pk + 1 < RQ -> ST(0, T, 0) :: else fi;
#endif
	LD(0, D0, d0);
	LD(0, D1, d1);
	S_RECEIVE_LS;
	atomic {
		if
		:: d0 == BAD && d1 == BAD -> refusing = true; goto refuse
#ifdef BADMSG
		:: spoilt -> refusing = true; goto refuse
#endif
		:: else
		fi;
		assert(d0 == d1);			/* no mixed buffer */
		assert(d0 == STAMP(gid, sq, pk, 0));	/* the right client, request, packet */
		assert(IDINC(gid) == inc);		/* for this incarnation */
		d0 = 0; d1 = 0
	}
	if
	:: pk + 1 < RQ ->
#ifndef M_S_RECEIVE_LS
		ST(0, T, 0);
#endif
		pk++
	:: else -> atomic {
		assert(!done_[gid * 2 + sq]);		/* at most once */
		done_[gid * 2 + sq] = true; sending = true; pk = 0
		}
#ifdef EITHER
		if :: ST(0, T, 0) :: true fi	/* else T stands until the response */
#endif
	fi;
	goto end_main;

refuse:	/* spoilt: the rest of that request may still come, and means nothing */
	atomic { d0 = 0; d1 = 0; spoilt = (spoilt || pk + 1 < RQ); sending = true; pk = 0 }
	if :: ST(0, T, 0) :: true fi;	/* for it is bad, or too long */
	goto end_main;

respond:
	S_RESPOND_ACQ;
	atomic {
		d0 = (refusing -> REFUSED : STAMP(gid, sq, pk, 1));
		EMPTY(0, D0) && EMPTY(0, D1) -> PUT(0, D0, d0); PUT(0, D1, d0); d0 = 0
	}
#ifdef M_S_RESPOND_ACQ
	(V(0, F) == 0);
#endif
	S_RESPOND_REL;
	HANDED(WHO(gid));
	LD(0, T, d1);
	if
#ifndef M_S_ZERO
	:: d1 == 0 -> ST(0, F, 1)
	:: else ->
#else
	:: true ->
#endif
		atomic { EMPTY(0, T) && EMPTY(0, F) -> PUT(0, T, 0); PUT(0, F, 1) }
	fi;
	atomic {
		if
		:: pk + 1 < RS && !refusing -> pk++; d1 = 0
		:: else -> pk = 0; d1 = 0; sending = false; sq++; refusing = false
		fi;
		goto end_main
	}

stop:
	atomic { nss--; ep = ep }
	S_STOP_REL;
#ifdef M_STOP_FORGETS
	ST(0, SW, WORD(ep, 0));
#else
	ST(0, SW, WORD(ep, held -> HELD : 0));
#endif
	(np[0] == 0);
	atomic { inc++; goto start }

end_bound:
	do :: d0 = 1 :: d0 = 0 od
	} unless { crash[0] };

#if defined(DRIVER) && !defined(M_NO_MARK)
	D_MARK_FULL;
	mark = GONE_WORD;
	D_MARKED_FULL;
#endif
	DIE(0, d0);
	atomic { FORGET(0); crash[0] = false; d0 = 0 }
#ifdef GONE
	if
	:: goto boot
	:: skip
	fi;
end_gone:
	false
#else
	goto boot
#endif
}
