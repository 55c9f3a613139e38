/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chan.pml: one channel - attach, grant, takeover, free, detach, packets both ways,
 * with a server that dies or stops and starts again, and clients that are reset or
 * die, at any step. lib/PROTOCOL.md, sections 4 and 5.
 *
 * Memory: memory.pml. UUIDs are two words here, both of which tell the whole (who,
 * server id, epoch), so a torn one is recognised, as by the check word.
 *
 * Properties, as assertions:
 *	no mixed buffer; each packet from the right client, of the right request, in
 *	its order, for this incarnation of the server; the response for the client that
 *	asked; no request executed twice; no response that was not asked for; no live
 *	client loses the channel while its server lives; no response missed that was
 *	handed over before a clean stop.
 * As "invalid end state": nobody waits for what never comes.
 *
 * Bounds (-D):	NSC server deaths, NSS server stops, NCC resets of client 1, NC2 deaths
 *	of client 2 (0: absent with C2=0), MSGS requests a grant, RQ and RS packets in
 *	each request and response, EMAX epochs.
 * Options:	LOADS early loads. DRIVER marks server_word at each death of a server.
 *	GONE a server may stay dead (needs DRIVER). REPORTS somebody tells the server
 *	that a client has died: the driver, of client 2, which may come back; remoteproc,
 *	of client 1 (REPORT1). GIVEUP a request that is partly sent may be given up, and a
 *	response not be waited for; with LEAVE such a client does not come back. BADMSG a request may be bad. DIRTY memory is left over
 *	from before, except server_word. EITHER a last packet may also be given back at
 *	once. RED fewer interleavings of loads that no barrier parts.
 * Mutations:	M_xxx below, and labels.pml.
 *
 * Sides: 0 is the server, 1 a client that is reset (firmware), 2 one that gives up if
 * another owner holds the channel (a process). README.md: how to read a trail.
 */
#ifndef NSC
#define NSC 0
#endif
#ifndef NSS
#define NSS 0
#endif
#ifndef NCC
#define NCC 0
#endif
#ifndef NC2
#define NC2 0
#endif
#ifndef C2
#define C2 0
#endif
#ifndef MSGS
#define MSGS 1
#endif
#ifndef RQ
#define RQ 1
#endif
#ifndef RS
#define RS 1
#endif
#ifndef OWN2
#define OWN2 2
#endif
#ifndef EMAX
#define EMAX 4
#endif

#define T  0	/* size_to_tfs */
#define F  1	/* size_from_tfs */
#define D0 2	/* the buffer */
#define D1 3
#define S  4	/* server_uuid[0] */
#define C0 5	/* client_uuid */
#define C1 6
#define G0 7	/* granted_uuid */
#define G1 8
#define SW 9	/* server_word: epoch, flags */
#define CW 10	/* client_word: tag, flags */
#define NW 11

#define READY	1
#define GRANTED	2
#define HELD	4
#define EP(x)	((x) / 16)
#define WORD(e, flags) ((e) * 16 + (flags))
#define DET	2	/* in CW */

#define MKID(p, inc, ep) ((p) + 2 * ((ep) + (EMAX + 1) * ((inc) - 1)))
#define WHO(id)	  (((id) - 1) % 2 + 1)
#define IDEP(id)  ((((id) - 1) / 2) % (EMAX + 1))
#define IDINC(id) ((((id) - 1) / 2) / (EMAX + 1) + 1)
#define OWN(id)	  ((id) == 0 -> 0 : (WHO(id) == 1 -> 1 : OWN2))

/* What a packet holds: whose, which request, which packet, which direction. */
#define STAMP(id, sq, pk, dir) (((((id) * 2 + (sq)) * 2 + (pk)) * 2 + (dir)) + 1)
#define BAD	254	/* a packet that breaks the protocol */
#define REFUSED	253	/* the answer to it */

#if C2
#define NP 3
#else
#define NP 2
#endif
#include "memory.pml"
#include "labels.pml"

bool crash[NP];		/* is about to die */
bool alive[3];
bool report[3];		/* the death of a client, not yet looked at */
bool done_[96];		/* executed requests */
byte mark = NONE;	/* on its way */
#if NSS && !NSC
byte handed;		/* whose response lies there */
#define HANDED(x)	handed = x
#define HANDED_MISSED(p) assert(handed != p)
#else
#define HANDED(x)	skip
#define HANDED_MISSED(p) skip
#endif
byte nsc = NSC, nss = NSS, ncc = NCC, nc2 = NC2;

#ifdef LOADS
inline void_loads(q) {
	if
	:: q == 0 -> old[T] = NONE; old[F] = NONE; old[D0] = NONE; old[D1] = NONE;
		old[C0] = NONE; old[C1] = NONE; old[CW] = NONE
	:: else -> old[I(q, T)] = NONE; old[I(q, F)] = NONE; old[I(q, D0)] = NONE;
		old[I(q, D1)] = NONE; old[I(q, S)] = NONE; old[I(q, G0)] = NONE;
		old[I(q, G1)] = NONE; old[I(q, SW)] = NONE;
		old[I(q, C0)] = NONE; old[I(q, C1)] = NONE
	fi
}
#endif

/* The driver's mark. Who holds the channel stays; that there is a server does not. */
#ifdef M_MARK_ZERO
#define GONE_WORD 0
#elif defined(M_MARK_FORGETS)
#define GONE_WORD (mem[SW] & 240)
#else
#define GONE_WORD (mem[SW] & 240) + ((mem[SW] & (HELD | GRANTED)) != 0 -> HELD : 0)
#endif

#include "chan_server.pml"
#include "chan_client.pml"

proctype Memory() {
end_memory:
	do
	DRAIN(0, T) DRAIN(0, F) DRAIN(0, D0) DRAIN(0, D1)
	DRAIN(0, S) DRAIN(0, G0) DRAIN(0, G1) DRAIN(0, SW)
	DRAIN(1, T) DRAIN(1, F) DRAIN(1, D0) DRAIN(1, D1)
	DRAIN(1, C0) DRAIN(1, C1) DRAIN(1, CW)
	DRAIN_EARLY(0, T, 1) DRAIN_EARLY(0, F, 1) DRAIN_EARLY(0, D0, 1) DRAIN_EARLY(0, D1, 1)
	DRAIN_EARLY(0, S, 1) DRAIN_EARLY(0, G0, 1) DRAIN_EARLY(0, G1, 1) DRAIN_EARLY(0, SW, 1)
	DRAIN_EARLY(1, T, 0) DRAIN_EARLY(1, F, 0) DRAIN_EARLY(1, D0, 0) DRAIN_EARLY(1, D1, 0)
	DRAIN_EARLY(1, C0, 0) DRAIN_EARLY(1, C1, 0) DRAIN_EARLY(1, CW, 0)
#if C2
	DRAIN(2, T) DRAIN(2, F) DRAIN(2, D0) DRAIN(2, D1)
	DRAIN(2, C0) DRAIN(2, C1) DRAIN(2, CW)
	DRAIN_EARLY(0, S, 2) DRAIN_EARLY(0, SW, 2) DRAIN_EARLY(0, G0, 2) DRAIN_EARLY(0, G1, 2)
	DRAIN_EARLY(0, T, 2) DRAIN_EARLY(0, F, 2) DRAIN_EARLY(0, D0, 2) DRAIN_EARLY(0, D1, 2)
	DRAIN_EARLY(1, C0, 2) DRAIN_EARLY(1, C1, 2) DRAIN_EARLY(2, C0, 1) DRAIN_EARLY(2, C1, 1)
	DRAIN_EARLY(2, T, 0) DRAIN_EARLY(2, D0, 0) DRAIN_EARLY(2, D1, 0)
	DRAIN_EARLY(2, C0, 0) DRAIN_EARLY(2, C1, 0) DRAIN_EARLY(2, CW, 0)
#endif
	od
}

proctype World() {
end_world:
	do
	:: atomic { nsc > 0 && !crash[0] -> nsc--; crash[0] = true }
	:: atomic { ncc > 0 && !crash[1] && alive[1] -> ncc--; crash[1] = true }
#if C2
	:: atomic { nc2 > 0 && !crash[2] && alive[2] -> nc2--; crash[2] = true }
#endif
#ifdef DRIVER
	:: d_step { mark != NONE -> mem[SW] = mark; mark = NONE }
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
		alive[1] = true;
		alive[2] = C2;
		i = 0;
	}
#ifdef DIRTY
	/* A client was here; the word that says which epoch is lost. */
	atomic {
		mem[T] = 1; mem[F] = 1;
		do
		:: i < EMAX -> i++
		:: break
		od;
		mem[CW] = WORD(i, DET); i = 0
	}
#endif
	atomic {
		run Server(); run Memory(); run World(); run Client(1, 1);
#if C2
		run Client(2, OWN2)
#endif
	}
}
