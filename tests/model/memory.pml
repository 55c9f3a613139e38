/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.pml: shared memory that keeps no promise but the barriers'
 *
 * Stores. Each side has one slot per word. A store goes into the slot; slots drain
 * into memory in any order, at any time. A side reads its own slot if there is one.
 * So stores pass stores, and loads pass stores.
 *
 * Loads (with -DLOADS). Whenever a word changes, a side that will read it may keep
 * the old value: its next load of that word was done early. So loads pass loads,
 * also across REL, branches and other loops. One early load a word and side.
 *
 * A store never passes an earlier load of its side that decides whether or what is
 * stored, as on every processor that does not make its speculation visible. Where a
 * barrier stands between a load and a later store, its removal (labels.pml) swaps
 * the two.
 *
 * REL(p): p's stores are in memory. ACQ(p): p's early loads are void. FULL(p): both.
 * With -DSC nothing is reordered: for mutations that are not about barriers, and need
 * many steps. With -DLATE=MASK only the stores of these words (bit N: word N) are; all
 * others arrive at once, and with them the early loads, if any: what takes too many
 * states at once is looked at word by word. -DEARLY=MASK: the same for early loads.
 * The includer defines NP, the number of sides, and NW, the number of words.
 */
#define NONE 255

byte mem[NW];
byte sb[NP * NW];	/* slots */
byte np[NP];		/* how many are filled */

#define I(p, w)		((p) * NW + (w))
#define V(p, w)		(sb[I(p, w)] == NONE -> mem[w] : sb[I(p, w)])
#define EMPTY(p, w)	(sb[I(p, w)] == NONE)
#define REL(p)		(np[p] == 0)

#ifdef LOADS
byte old[NP * NW];	/* early loads */
/* L is what a load gives; a load that decides nothing but a wait may just look. */
#define L(p, w)		(old[I(p, w)] != NONE -> old[I(p, w)] : V(p, w))
#define LD(p, w, x)	atomic { x = L(p, w); old[I(p, w)] = NONE }
#define USED(p, w)	old[I(p, w)] = NONE
#define ACQ(p)		atomic { void_loads(p) }
#define FULL(p)		atomic { np[p] == 0; void_loads(p) }
#define FORGET(p)	void_loads(p)
#else
#define L(p, w)		V(p, w)
#define LD(p, w, x)	x = V(p, w)
#define USED(p, w)	skip
#define ACQ(p)		skip
#define FULL(p)		(np[p] == 0)
#define FORGET(p)	skip
#endif

#ifndef EARLY
#define EARLY 65535
#endif
#ifdef LOADS
#define MAY_KEEP(q, w, x) (EARLY >> (w) & 1 && EMPTY(q, w) && old[I(q, w)] == NONE && mem[w] != (x))
#define KEEP(p, q, w, x) \
	if :: p != q && MAY_KEEP(q, w, x) -> old[I(q, w)] = mem[w] :: true fi
#else
#define KEEP(p, q, w, x) skip
#endif
#if NP > 2
#define KEEP_OLD(p, w, x) KEEP(p, 0, w, x); KEEP(p, 1, w, x); KEEP(p, 2, w, x)
#else
#define KEEP_OLD(p, w, x) KEEP(p, 0, w, x); KEEP(p, 1, w, x)
#endif

#ifdef SC
#define PUT(p, w, x)	mem[w] = x
#elif defined(LATE)
#define PUT(p, w, x) \
	if \
	:: LATE >> (w) & 1 -> sb[I(p, w)] = x; np[p]++ \
	:: else -> KEEP_OLD(p, w, x); mem[w] = x \
	fi
#elif defined(LOADS)
#define PUT(p, w, x)	sb[I(p, w)] = x; old[I(p, w)] = NONE; np[p]++
#else
#define PUT(p, w, x)	sb[I(p, w)] = x; np[p]++
#endif

inline ST(p, w, x) { atomic { EMPTY(p, w) -> PUT(p, w, x) } }

/* In the memory's loop: p's store of w arrives; q may have read w before that. */
#define DRAIN(p, w) \
	:: d_step { !EMPTY(p, w) -> mem[w] = sb[I(p, w)]; sb[I(p, w)] = NONE; np[p]-- }
#ifdef LOADS
#define DRAIN_EARLY(p, w, q) \
	:: d_step { !EMPTY(p, w) && MAY_KEEP(q, w, sb[I(p, w)]) -> \
		    old[I(q, w)] = mem[w]; \
		    mem[w] = sb[I(p, w)]; sb[I(p, w)] = NONE; np[p]-- } \
	:: d_step { old[I(q, w)] != NONE -> old[I(q, w)] = NONE }
#else
#define DRAIN_EARLY(p, w, q)
#endif

/* The death of a side: what it has stored arrives or never will. */
#define DIE(p, i) \
	do \
	:: np[p] == 0 -> break \
	:: np[p] > 0 -> d_step { \
		for (i : 0 .. NW - 1) { sb[I(p, i)] = NONE } np[p] = 0; i = 0 } \
	od
