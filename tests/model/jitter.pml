/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * jitter.pml: two polite clients ask for a free channel at once, each overwriting the
 * other's client_uuid. Time is in ticks; a client that finds its request overwritten
 * waits for a drawn number of them (attach_again()); the server looks at least once in
 * every LOOK ticks.
 *
 * Chance is taken out: draws are the worst possible ones, but among SHORT + 1 draws of a
 * client one is at least LONG. Then a client is granted after VOIDS void requests at
 * most (assertion). What is left to chance is whether such a draw comes: README.md.
 */
#ifndef LOOK
#define LOOK 4
#endif
#ifndef LONG
#define LONG (LOOK + 2)
#endif
#ifndef SHORT
#define SHORT 2
#endif
#ifndef VOIDS
#define VOIDS (4 * (SHORT + 1))
#endif

#define WRITE 0
#define ASKED 1
#define WAIT  2

byte c;			/* whose request stands; 0: none that is whole */
byte state[3], left[3], unlucky[3];
byte since, voids;
bool granted;

inline draw(i) {
	voids++;
	assert(voids <= VOIDS);
	if
#ifndef M_NO_JITTER
	:: left[i] = LONG; unlucky[i] = 0
	:: left[i] = LONG + LOOK; unlucky[i] = 0
	:: unlucky[i] < SHORT -> unlucky[i]++; left[i] = 0;
		do
		:: left[i] < LONG - 1 -> left[i]++
		:: break
		od
#else
	:: left[i] = 0
#endif
	fi;
	state[i] = WAIT
}

inline client(i) {
	if
	:: state[i] == WRITE -> c = i; state[i] = ASKED
	:: state[i] == ASKED && c != i -> draw(i)
	:: state[i] == ASKED && c == i
	:: state[i] == WAIT && left[i] > 0 -> left[i]--
	:: state[i] == WAIT && left[i] == 0 -> c = 0; state[i] = WRITE
	fi
}

init {
	do
	:: granted -> break
	:: !granted -> atomic {
		if
		:: client(1); client(2)
		:: client(2); client(1)
		fi;
		if
		:: since < LOOK -> since++
		:: since = 0; granted = (c != 0)
		fi
	}
	od
}
