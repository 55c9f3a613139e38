/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bell.pml: sleeping flags and bells, lib/PROTOCOL.md, section 6
 *
 * A bell is latched: a ring that comes before the wait ends it. The includer defines SW,
 * CW, and in the server's process ep and a byte c.
 */
#define SLEEPING 4	/* in SW */
#define ASLEEP	 1	/* in CW */

bool bell_s, bell_c;

inline ring_server() {
	C_RING_FULL;
	if :: L(p, SW) & SLEEPING -> bell_s = true :: else fi
}

#ifdef M_NO_TAG
#define TAG_OK(x) true
#else
#define TAG_OK(x) (EP(x) == ep)
#endif
inline ring_client() {
	S_RING_FULL;
	LD(0, CW, c);
	if :: TAG_OK(c) && (c & ASLEEP) -> bell_c = true :: else fi;
	c = 0
}

inline ring_always() {
	S_NEWS_FULL;
	bell_c = true
}
