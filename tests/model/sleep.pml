/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sleep.pml: sleeping flags and bells over attach, packets with data, detach, deaths
 * of the server, with or without a successor. lib/PROTOCOL.md, section 6.
 *
 * Memory: memory.pml; the barriers' names: labels.pml. Both sides sleep whenever nothing
 * is there.
 *
 * Properties: nobody sleeps while something waits for him ("invalid end state"), also
 * a client whose server died for good and that the driver rang for; packets are whole
 * and the right ones (assertions).
 * Bounds: NSC server deaths, MSGS requests, RQ and RS packets in each request and
 * response. LOADS: early loads. GONE: a server may stay dead; the driver marks
 * server_word and rings. OVER: another client writes its request over ours, and dies.
 */
#ifndef NSC
#define NSC 1
#endif
#ifndef MSGS
#define MSGS 2
#endif
#ifndef RQ
#define RQ 1
#endif
#ifndef RS
#define RS 2
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

#define READY	 1
#define GRANTED	 2
#define DET	 2
#define EP(x)	 ((x) / 16)
#define WORD(e, flags) ((e) * 16 + (flags))
#define ID(inc, ep)    ((inc) * 8 + (ep))
#define STAMP(e, n, pk, dir) ((((e) * 4 + (n)) * 2 + (pk)) * 2 + (dir) + 1)

#include "memory.pml"
#include "labels.pml"
#include "bell.pml"

bool crash;
byte nsc = NSC;
#ifdef OVER
bool over = true;
#endif

#ifdef LOADS
inline void_loads(q) {
	old[I(q, T)] = NONE; old[I(q, F)] = NONE; old[I(q, D)] = NONE; old[I(q, S)] = NONE;
	old[I(q, C)] = NONE; old[I(q, SW)] = NONE; old[I(q, CW)] = NONE
}
#endif

/* What the server waits for. */
#define REQUEST	 (granted && !sending && L(0, T) != 0)
#define ROOM	 (granted && sending && L(0, F) == 0)
#define ASKED	 (L(0, C) != seen)
#define LEFT	 (held && EP(L(0, CW)) == ep && (L(0, CW) & DET))
#define FLAGS	 (READY + (granted -> GRANTED : 0))

proctype Server() {
	byte inc, ep, seen, c, pk, n;
	bool held, granted, sending;
boot:
	inc++;
	{
	skip;
	atomic { ep = EP(V(0, SW)); held = (ep > 0); granted = false; sending = false; pk = 0; c = 0; n = 0; seen = 0 }
	ST(0, SW, WORD(ep, 0));
	S_START_REL;
	ST(0, S, inc);
	S_READY_REL;
	ST(0, SW, WORD(ep, READY));
#ifndef M_NO_START_RING
	ring_always();
#endif
end_main:
	if
	:: REQUEST -> goto receive
	:: ROOM -> goto respond
	:: ASKED -> goto asked
	:: LEFT -> goto free
	:: !REQUEST && !ROOM && !ASKED && !LEFT -> goto sleep
	fi;

receive:
	S_RECEIVE_ACQ;
	LD(0, D, c);
	S_RECEIVE_LS;
	atomic {
		assert(c == STAMP(ep, n, pk, 0));
		c = 0; pk++;
		if
		:: pk == RQ -> sending = true; pk = 0; goto end_main
		:: else
		fi
	}
	ST(0, T, 0);
	ring_client();
	goto end_main;

respond:
	S_RESPOND_ACQ;
	ST(0, D, STAMP(ep, n, pk, 1));
	S_RESPOND_REL;
	LD(0, T, c);
	if
	:: c == 0 -> ST(0, F, 1)
	:: else -> atomic { EMPTY(0, T) && EMPTY(0, F) -> PUT(0, T, 0); PUT(0, F, 1) }
	fi;
	c = 0;
	atomic { pk++; if :: pk == RS -> sending = false; n++; pk = 0 :: else fi }
	ring_client();
	goto end_main;

asked:
	LD(0, C, seen);
	if
	:: seen == ID(inc, ep)
	:: else ->	/* its owner may sleep, and have had his written over */
#ifndef M_NO_REFUSED_RING
		ring_always();
#endif
		goto end_main
	fi;
	S_REVOKE_REL;
	atomic { EMPTY(0, T) && EMPTY(0, F) -> PUT(0, T, 0); PUT(0, F, 0) }
	S_GRANT_REL;
	ep++;
	ST(0, SW, WORD(ep, READY + GRANTED));
	atomic { held = true; granted = true; sending = false; pk = 0; n = 0 }
#ifndef M_NO_GRANT_RING
	ring_always();
#endif
	goto end_main;

free:
	atomic { held = false; granted = false; sending = false; pk = 0; ep++ }
	ST(0, SW, WORD(ep, READY));
	ring_always();
	goto end_main;

sleep:
	ST(0, SW, WORD(ep, FLAGS + SLEEPING));
	S_SLEEP_FULL;
#ifndef M_S_NO_SECOND_LOOK
	if :: REQUEST || ROOM || ASKED || LEFT -> goto awake :: else fi;
#endif
end_asleep:
	atomic { bell_s -> bell_s = false }
awake:
	ST(0, SW, WORD(ep, FLAGS));
	goto end_main
	} unless { crash };

	DIE(0, c);
	atomic { FORGET(0); crash = false }
#ifdef GONE
	if
	:: goto boot
	:: skip
	fi;
	mem[SW] = WORD(EP(mem[SW]), 0);
#ifndef M_NO_MARK_RING
	bell_c = true;
#endif
end_gone:
	false
#else
	goto boot
#endif
}

#define MINE(x) (((x) & (READY | GRANTED)) == (READY | GRANTED) && EP(x) == e)
#define TAKEN	(L(p, T) == 0 || !MINE(L(p, SW)))
#define ANSWER	(L(p, F) != 0 || !MINE(L(p, SW)))

#ifdef M_C_NO_SECOND_LOOK
#define LOOK_AGAIN(news, awake) skip
#else
#define LOOK_AGAIN(news, awake) if :: news -> goto awake :: else fi
#endif

proctype Client(byte p) {
	byte e0, e, s, sw, n, pk, x, y;
look:
	atomic { LD(p, SW, sw); e0 = EP(sw); e = 0; n = 0; pk = 0; s = 0; x = 0 }
	if
	:: !(sw & READY) ->
		C_SLEEP_FULL;
		if :: L(p, SW) & READY -> goto look :: else fi;
#ifdef GONE
end_no_server:
#endif
		atomic { bell_c -> bell_c = false }
		goto look
	:: else
	fi;
	C_LOOK_ACQ;
	LD(p, S, s);
	C_LOOK_REL;
	ST(p, C, ID(s, e0));
	ring_server();
asked:
	LD(p, SW, sw);
	C_ASKED_ACQ;
	LD(p, S, x);
	LD(p, C, y);
	if
	:: (sw & (READY | GRANTED)) == (READY | GRANTED) && EP(sw) == e0 + 1 -> goto accept
	:: else
	fi;
	if
	:: EP(sw) != e0 || x != s || y != ID(s, e0) -> goto look
	:: else
	fi;
	C_SLEEP_FULL;
	LOOK_AGAIN((L(p, SW) != sw || L(p, S) != s || L(p, C) != ID(s, e0)), asked);
#ifdef GONE
end_asked:
#endif
	atomic { bell_c -> bell_c = false }
	goto asked;
accept:
	atomic { e = EP(sw); x = 0; y = 0; pk = 0 }
	ST(p, CW, WORD(e, 0));

send:
	if
	:: TAKEN -> goto taken
	:: !TAKEN
	fi;
	ST(p, CW, WORD(e, ASLEEP));
	C_SLEEP_FULL;
	LOOK_AGAIN(TAKEN, send_awake);
	atomic { bell_c -> bell_c = false }
send_awake:
	ST(p, CW, WORD(e, 0));
	goto send;
taken:
	C_SEND_ACQ;
	LD(p, SW, sw);
	if :: MINE(sw) :: else -> goto look fi;
	LD(p, F, x);
	ST(p, D, STAMP(e, n, pk, 0));
	C_SEND_REL;
	if
	:: x == 0 -> ST(p, T, 1)
	:: else -> atomic { EMPTY(p, T) && EMPTY(p, F) -> PUT(p, T, 1); PUT(p, F, 0) }
	fi;
	ring_server();
	atomic { pk++; x = 0; if :: pk < RQ -> goto send :: else -> pk = 0 fi }
receive:
	if
	:: ANSWER -> goto answer
	:: !ANSWER
	fi;
	ST(p, CW, WORD(e, ASLEEP));
	C_SLEEP_FULL;
	LOOK_AGAIN(ANSWER, receive_awake);
	atomic { bell_c -> bell_c = false }
receive_awake:
	ST(p, CW, WORD(e, 0));
	goto receive;
answer:
	atomic { x = L(p, F); USED(p, F) }
	if :: x == 0 -> LD(p, SW, sw); if :: MINE(sw) -> goto receive :: else -> goto look fi
	   :: else fi;
	C_RECEIVE_ACQ;
	LD(p, D, x);
	C_RECEIVE_LS;
	atomic {
		assert(x == STAMP(e, n, pk, 1));
		x = 0; pk++;
		if :: pk == RS -> goto done :: else fi
	}
	ST(p, F, 0);
	ring_server();
	goto receive;
done:	/* F stands until the next request */
	atomic { n++; pk = 0; if :: n < MSGS -> goto send :: else fi }

	C_DETACH_REL;
	ST(p, CW, WORD(e, DET));
#ifndef M_NO_DETACH_RING
	ring_server();
#endif
	/* Another owner waits for this. */
#ifdef GONE
end_left:
#endif
	(EP(L(p, SW)) != e)
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
	:: atomic { nsc > 0 && !crash -> nsc--; crash = true }
#ifdef OVER
	:: atomic { over -> over = false; mem[C] = NONE }
#endif
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
