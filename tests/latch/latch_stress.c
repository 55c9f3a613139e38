// SPDX-License-Identifier: GPL-2.0-only
/*
 * latch_stress [MS [WATCHDOG-MS]]: no wake-up is lost, between threads and between processes
 *
 * Two players keep a ball in the air: each sleeps until it is his turn, so a wake-up that
 * is lost stops the game for good. A court with several setters of one latch does the
 * same in rounds, each of which needs all of them. Then somebody sets a latch in vain,
 * publishes, and sets it again while its owner may just be resetting it. In the last game
 * nothing but a latch hands plain memory over, which is for the thread sanitizer to judge.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stress.h"

#define OVER	UINT32_MAX

/* --- two players ------------------------------------------------------------------- */

/* In memory that both see. @ball: whose parity it has plays; OVER: nobody. @turns: his. */
struct game {
	uint32_t ball;
	uint32_t turns;
	uint32_t words[2];
	uint64_t until;
};

struct player {
	struct game *game;
	struct sleeper sleeper;
	struct oc_latch *other;
	uint32_t id;
};

static void *play(void *arg)
{
	struct player *p = arg;
	uint32_t ball = 0;

	while (ball != OVER) {
		oc_latch_reset(p->sleeper.latch);
		stress_jitter(&p->sleeper.seed);
		ball = stress_load(&p->game->ball);
		if (ball != OVER && (ball & 1) == p->id) {
			p->game->turns++;
			ball = oc_clock_ns() < p->game->until ? ball + 1 : OVER;
			stress_publish(&p->game->ball, ball);
			oc_latch_set(p->other);
		}
		stress_jitter(&p->sleeper.seed);
		if (ball != OVER)
			sleeper_wait(&p->sleeper);
	}
	return NULL;
}

static void report(const struct game *game, const char *what)
{
	printf("# %u turns\n", game->turns);
	stress_case(game->turns > 1, what);
}

static void player_init(struct player *p, struct game *game, uint32_t id, struct oc_latch *mine,
			struct oc_latch *other, bool by_set)
{
	*p = (struct player){ .game = game, .id = id, .other = other };
	sleeper_init(&p->sleeper, mine, by_set);
}

static void two_threads(bool by_set, const char *what)
{
	struct game game = { .until = stress_until() };
	struct player players[2];
	struct oc_latch latches[2];
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		stress_need(oc_latch_init(&latches[i]) == OC_OK, "a latch");
	for (uint32_t i = 0; i < 2; i++)
		player_init(&players[i], &game, i, &latches[i], &latches[!i], by_set);
	for (int i = 0; i < 2; i++)
		stress_need(!pthread_create(&threads[i], NULL, play, &players[i]), "a thread");
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	report(&game, what);
	for (int i = 0; i < 2; i++) {
		sleeper_close(&players[i].sleeper);
		oc_latch_close(&latches[i]);
	}
}

/* --- two processes ------------------------------------------------------------------ */

/* Each makes his own latch, after they have parted. */
static void exchange(struct game *game, struct oc_latch latches[2], int socket, uint32_t id)
{
	stress_need(oc_latch_init_shared(&latches[id], &game->words[id]) == OC_OK, "a latch");
	stress_need(oc_latch_send(&latches[id], socket) == OC_OK, "a latch is sent");
	stress_need(oc_latch_receive(&latches[!id], &game->words[!id], socket) == OC_OK,
		    "a latch is received");
}

static void play_process(struct game *game, struct oc_latch latches[2], int socket, uint32_t id,
			 bool by_set)
{
	struct player player;

	if (socket >= 0)
		exchange(game, latches, socket, id);
	player_init(&player, game, id, &latches[id], &latches[!id], by_set);
	play(&player);
	sleeper_close(&player.sleeper);
}

static bool was_good(pid_t pid)
{
	int status;

	stress_need(waitpid(pid, &status, 0) == pid, "a child");
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

static void two_processes(bool by_socket, bool by_set, const char *what)
{
	struct game *game = mmap(NULL, sizeof(*game), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct oc_latch latches[2] = { { .fd = -1 }, { .fd = -1 } };
	int sockets[2] = { -1, -1 };
	pid_t pid;

	stress_need(game != MAP_FAILED, "memory");
	game->until = stress_until();
	if (by_socket)
		stress_need(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets), "a socket");
	for (int i = 0; i < 2 && !by_socket; i++)
		stress_need(oc_latch_init_shared(&latches[i], &game->words[i]) == OC_OK, "a latch");
	fflush(stdout);
	pid = fork();
	stress_need(pid >= 0, "a child");
	if (!pid) {
		play_process(game, latches, sockets[1], 1, by_set);
		_exit(EXIT_SUCCESS);
	}
	play_process(game, latches, sockets[0], 0, by_set);
	stress_need(was_good(pid), "the child's game");
	report(game, what);
	for (int i = 0; i < 2; i++) {
		oc_latch_close(&latches[i]);
		if (sockets[i] >= 0)
			close(sockets[i]);
	}
	munmap(game, sizeof(*game));
}

/* --- several setters of one latch ----------------------------------------------------- */

#define SETTERS 3

static struct court {
	struct oc_latch latch;
	struct oc_latch second;	/* in the same wait set, set by the last of them */
	struct oc_latch setters[SETTERS];
	struct sleeper sleepers[SETTERS];
	uint32_t round;
	uint32_t seen[SETTERS];
} court;

/* Answers each round that the umpire starts. */
static void *answer(void *arg)
{
	unsigned int id = (unsigned int)(uintptr_t)arg;
	struct oc_latch *umpire = id == SETTERS - 1 ? &court.second : &court.latch;
	struct sleeper *s = &court.sleepers[id];
	uint32_t round = 0;

	while (round != OVER) {
		oc_latch_reset(s->latch);
		if (stress_load(&court.round) != round) {
			round = stress_load(&court.round);
			stress_jitter(&s->seed);
			stress_publish(&court.seen[id], round);
			oc_latch_set(umpire);
		}
		if (round != OVER)
			sleeper_wait(s);
	}
	return NULL;
}

static bool all_have(uint32_t round)
{
	bool all = true;

	for (int i = 0; i < SETTERS; i++)
		all &= stress_load(&court.seen[i]) == round;
	return all;
}

/* How many rounds there were. */
static uint32_t umpire(struct sleeper *s)
{
	uint64_t until = stress_until();
	uint32_t round = 0, rounds = 0;

	for (;;) {
		oc_latch_reset(&court.latch);
		oc_latch_reset(&court.second);
		if (all_have(round)) {
			if (round == OVER)
				return rounds;
			rounds++;
			round = oc_clock_ns() < until ? round + 1 : OVER;
			stress_publish(&court.round, round);
			for (int i = 0; i < SETTERS; i++)
				oc_latch_set(&court.setters[i]);
		}
		stress_jitter(&s->seed);
		sleeper_wait(s);
	}
}

static void several_setters(void)
{
	pthread_t threads[SETTERS];
	struct sleeper s;
	uint32_t rounds;

	stress_need(oc_latch_init(&court.latch) == OC_OK, "a latch");
	stress_need(oc_latch_init(&court.second) == OC_OK, "a latch");
	sleeper_init(&s, &court.latch, true);
	stress_need(oc_wait_set_add_latch(&s.set, &court.second, NULL) >= 0, "a second latch");
	for (int i = 0; i < SETTERS; i++) {
		stress_need(oc_latch_init(&court.setters[i]) == OC_OK, "a latch");
		sleeper_init(&court.sleepers[i], &court.setters[i], false);
	}
	for (uintptr_t i = 0; i < SETTERS; i++)
		stress_need(!pthread_create(&threads[i], NULL, answer, (void *)i), "a thread");
	rounds = umpire(&s);
	printf("# %u rounds\n", rounds);
	for (int i = 0; i < SETTERS; i++) {
		pthread_join(threads[i], NULL);
		oc_latch_close(&court.setters[i]);
	}
	stress_case(rounds > 1, "several setters, two latches in one wait set");
	sleeper_close(&s);
	oc_latch_close(&court.latch);
	oc_latch_close(&court.second);
}

/* --- a setting that counts, right after one that does not ------------------------------- */

static struct nag {
	struct oc_latch owner __attribute__((aligned(64)));
	struct oc_latch setter __attribute__((aligned(64)));
	uint32_t asked __attribute__((aligned(64)));
	uint32_t done __attribute__((aligned(64)));
} nag;

/* Both stay awake mostly, for the race is between two cores. */
static void watch(struct sleeper *s)
{
	for (int i = 0; i < 20000; i++)
		if (oc_latch_is_set(s->latch))
			return;
	sleeper_wait(s);
}

static void *obey(void *arg)
{
	struct sleeper s;
	uint32_t done = 0;

	(void)arg;
	sleeper_init(&s, &nag.owner, false);
	while (done != OVER) {
		oc_latch_reset(&nag.owner);
		if (stress_load(&nag.asked) != done) {
			done = stress_load(&nag.asked);
			stress_publish(&nag.done, done);
			oc_latch_set(&nag.setter);
		}
		if (done != OVER)
			watch(&s);
	}
	return NULL;
}

static void set_twice(void)
{
	uint64_t until = stress_until();
	pthread_t thread;
	struct sleeper s;
	uint32_t n = 0, turns = 0;

	stress_need(oc_latch_init(&nag.owner) == OC_OK, "a latch");
	stress_need(oc_latch_init(&nag.setter) == OC_OK, "a latch");
	sleeper_init(&s, &nag.setter, false);
	stress_need(!pthread_create(&thread, NULL, obey, NULL), "a thread");
	while (n != OVER) {
		n = oc_clock_ns() < until ? n + 1 : OVER;
		turns++;
		oc_latch_set(&nag.owner);
		stress_publish(&nag.asked, n);
		oc_latch_set(&nag.owner);
		for (; stress_load(&nag.done) != n; oc_latch_reset(&nag.setter))
			watch(&s);
	}
	pthread_join(thread, NULL);
	printf("# %u turns\n", turns);
	stress_case(turns > 1, "a latch that is set is set again");
	oc_latch_close(&nag.owner);
	oc_latch_close(&nag.setter);
}

/* --- plain memory, handed over ---------------------------------------------------------- */

static struct relay {
	struct oc_latch there, back;
	uint64_t data[8];	/* whoever was woken last has it alone */
	bool over;
} relay;

/* The latch itself is what is waited for: nothing else tells whose turn it is. */
static void take_turn(struct sleeper *s)
{
	while (!oc_latch_is_set(s->latch))
		sleeper_wait(s);
	oc_latch_reset(s->latch);
}

static void *increase(void *arg)
{
	struct sleeper s;

	(void)arg;
	sleeper_init(&s, &relay.there, false);
	for (bool over = false; !over;) {
		take_turn(&s);
		for (int i = 0; i < 8; i++)
			relay.data[i]++;
		over = relay.over;
		oc_latch_set(&relay.back);
	}
	return NULL;
}

static bool all_are(uint64_t value)
{
	for (int i = 0; i < 8; i++)
		if (relay.data[i] != value)
			return false;
	return true;
}

static void plain_memory(void)
{
	uint64_t until = stress_until(), value = 0;
	struct sleeper s;
	pthread_t thread;
	bool good = true;

	stress_need(oc_latch_init(&relay.there) == OC_OK, "a latch");
	stress_need(oc_latch_init(&relay.back) == OC_OK, "a latch");
	sleeper_init(&s, &relay.back, false);
	stress_need(!pthread_create(&thread, NULL, increase, NULL), "a thread");
	while (!relay.over) {
		relay.over = oc_clock_ns() >= until;
		for (int i = 0; i < 8; i++)
			relay.data[i]++;
		oc_latch_set(&relay.there);
		take_turn(&s);
		value += 2;
		good &= all_are(value);
	}
	pthread_join(thread, NULL);
	stress_case(good, "plain memory is handed over");
	oc_latch_close(&relay.there);
	oc_latch_close(&relay.back);
}

int main(int argc, char **argv)
{
	stress_init(argc, argv);
	two_threads(false, "two threads");
	two_threads(true, "two threads, wait sets");
	two_processes(false, false, "two processes, eventfds inherited");
	two_processes(true, false, "two processes, eventfds by a socket");
	two_processes(true, true, "two processes, wait sets");
	several_setters();
	set_twice();
	plain_memory();
	return stress_done();
}
