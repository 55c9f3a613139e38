// SPDX-License-Identifier: GPL-2.0-only
/*
 * Workers: submitted, recalled, cancelled, abandoned, delayed; and shut down with all of
 * that under way
 */
#include <semaphore.h>
#include <string.h>

#include "../../tools/tfsd/worker.h"
#include "unit.h"

#define SECOND	INT64_C(1000000000)

static struct oc_proc_barrier barrier;
static struct workers workers;
static struct oc_latch latch;

static int setup(void **state)
{
	(void)state;
	return oc_latch_init(&latch) || oc_proc_barrier_init(&barrier);
}

static int teardown(void **state)
{
	(void)state;
	workers_stop(&workers);		/* if a test has failed */
	oc_proc_barrier_destroy(&barrier);
	oc_latch_close(&latch);
	return 0;
}

#define WORKER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void start(unsigned int count)
{
	assert_status(workers_start(&workers, count, &barrier), OC_OK);
}

/* --- jobs --------------------------------------------------------------------------- */

/* One that counts its runs, and may stay in one until the test lets it go or cancels it. */
struct task {
	struct job job;
	sem_t running, go;
	bool stays, until_cancelled;
	int runs, releases;
	bool was_cancelled;
	unsigned int order;
};

static atomic_uint clock_of_order;

static struct task *task_of(struct job *job)
{
	return (struct task *)job;
}

static void run_task(struct job *job, struct worker *worker)
{
	struct task *task = task_of(job);

	task->runs++;
	task->order = ++clock_of_order;
	sem_post(&task->running);
	if (task->stays)
		sem_wait(&task->go);
	while (task->until_cancelled && !worker_stopped(worker))
		sched_yield();
	task->was_cancelled = worker_stopped(worker);
}

static void release_task(struct job *job)
{
	task_of(job)->releases++;
	sem_post(&task_of(job)->go);
}

static void task_init(struct task *task)
{
	memset(task, 0, sizeof(*task));
	task->job = (struct job){ .run = run_task, .release = release_task, .done = &latch };
	sem_init(&task->running, 0, 0);
	sem_init(&task->go, 0, 0);
}

static void await(struct task *task)
{
	for (;;) {
		oc_latch_reset(&latch);
		if (!job_pending(&task->job))
			return;
		assert_status(oc_latch_wait(&latch, 60 * SECOND), OC_OK);
	}
}

/* A worker that is busy with it until task->go. */
static void occupy(struct task *task)
{
	task_init(task);
	task->stays = true;
	worker_submit(&workers, &task->job);
	sem_wait(&task->running);
}

static void test_runs_once(void **state)
{
	struct task task;

	(void)state;
	start(2);
	task_init(&task);
	assert_false(job_pending(&task.job));
	for (int i = 1; i <= 1000; i++) {
		worker_submit(&workers, &task.job);
		await(&task);
		assert_int_equal(task.runs, i);
		assert_false(task.was_cancelled);
	}
	workers_stop(&workers);
	assert_int_equal(task.releases, 0);
}

/* As a reactor does that does not sleep: the state alone says that the result is there. */
static void test_without_a_latch(void **state)
{
	struct task task;

	(void)state;
	start(1);
	task_init(&task);
	task.job.done = NULL;
	for (int i = 1; i <= 100; i++) {
		worker_submit(&workers, &task.job);
		while (job_pending(&task.job))
			sched_yield();
		assert_int_equal(task.runs, i);
	}
	workers_stop(&workers);
}

/* As many at a time as there are workers, the rest in their order. */
static void test_order(void **state)
{
	struct task busy, tasks[4];

	(void)state;
	start(1);
	occupy(&busy);
	for (int i = 0; i < 4; i++) {
		task_init(&tasks[i]);
		worker_submit(&workers, &tasks[i].job);
	}
	for (int i = 0; i < 4; i++)
		assert_true(job_pending(&tasks[i].job));
	sem_post(&busy.go);
	for (int i = 0; i < 4; i++) {
		await(&tasks[i]);
		assert_int_equal(tasks[i].runs, 1);
		assert_int_equal(tasks[i].order, busy.order + 1 + i);
	}
	workers_stop(&workers);
}

static void test_several_at_a_time(void **state)
{
	struct task tasks[3];

	(void)state;
	start(3);
	for (int i = 0; i < 3; i++)
		occupy(&tasks[i]);
	for (int i = 0; i < 3; i++)
		sem_post(&tasks[i].go);
	for (int i = 0; i < 3; i++)
		await(&tasks[i]);
	workers_stop(&workers);
}

static void test_cancelled_while_it_runs(void **state)
{
	struct task task;

	(void)state;
	start(1);
	task_init(&task);
	task.until_cancelled = true;
	worker_submit(&workers, &task.job);
	sem_wait(&task.running);
	assert_false(worker_recall(&workers, &task.job));
	job_cancel(&task.job);
	await(&task);
	assert_true(task.was_cancelled);
	/* The next run knows nothing of it. */
	task.until_cancelled = false;
	worker_submit(&workers, &task.job);
	await(&task);
	assert_false(task.was_cancelled);
	workers_stop(&workers);
}

static void test_cancelled_before_it_runs(void **state)
{
	struct task busy, task;

	(void)state;
	start(1);
	occupy(&busy);
	task_init(&task);
	task.until_cancelled = true;
	worker_submit(&workers, &task.job);
	job_cancel(&task.job);
	assert_true(job_pending(&task.job));
	sem_post(&busy.go);
	await(&task);
	assert_int_equal(task.runs, 1);
	assert_true(task.was_cancelled);
	workers_stop(&workers);
}

static void test_recalled(void **state)
{
	struct task busy, tasks[3];

	(void)state;
	start(1);
	occupy(&busy);
	for (int i = 0; i < 3; i++) {
		task_init(&tasks[i]);
		worker_submit(&workers, &tasks[i].job);
	}
	assert_true(worker_recall(&workers, &tasks[1].job));
	assert_false(job_pending(&tasks[1].job));
	assert_false(worker_recall(&workers, &tasks[1].job));
	assert_true(worker_recall(&workers, &tasks[2].job));
	worker_submit(&workers, &tasks[2].job);
	sem_post(&busy.go);
	await(&tasks[0]);
	await(&tasks[2]);
	workers_stop(&workers);
	assert_int_equal(tasks[0].runs, 1);
	assert_int_equal(tasks[1].runs, 0);
	assert_int_equal(tasks[2].runs, 1);
}

static void test_finish(void **state)
{
	struct task busy, task;

	(void)state;
	start(1);
	task_init(&task);
	task.until_cancelled = true;
	worker_submit(&workers, &task.job);
	sem_wait(&task.running);
	worker_finish(&workers, &task.job, &latch);
	assert_true(task.was_cancelled);
	worker_finish(&workers, &task.job, &latch);	/* of one that has run */
	assert_int_equal(task.runs, 1);

	occupy(&busy);
	worker_submit(&workers, &task.job);
	worker_finish(&workers, &task.job, &latch);	/* of one that has not */
	assert_false(job_pending(&task.job));
	sem_post(&busy.go);
	await(&busy);
	workers_stop(&workers);
	assert_int_equal(task.runs, 1);
}

static void test_abandoned(void **state)
{
	struct task busy, queued, delayed, over;

	(void)state;
	start(1);
	task_init(&over);
	worker_submit(&workers, &over.job);
	await(&over);
	worker_abandon(&workers, &over.job);
	assert_int_equal(over.releases, 1);	/* here and now */

	occupy(&busy);
	task_init(&queued);
	worker_submit(&workers, &queued.job);
	task_init(&delayed);
	delayed.job.due_ns = oc_clock_ns() + 3600 * SECOND;
	worker_submit_delayed(&workers, &delayed.job);
	worker_abandon(&workers, &queued.job);
	worker_abandon(&workers, &delayed.job);
	worker_abandon(&workers, &busy.job);
	assert_int_equal(queued.releases + delayed.releases + busy.releases, 0);
	sem_post(&busy.go);
	sem_wait(&delayed.go);
	sem_wait(&queued.go);
	workers_stop(&workers);
	assert_int_equal(busy.releases, 1);
	assert_int_equal(queued.releases, 1);
	assert_int_equal(delayed.releases, 1);
	assert_int_equal(queued.runs, 1);
	assert_int_equal(delayed.runs, 1);
	assert_true(queued.was_cancelled && delayed.was_cancelled && busy.was_cancelled);
}

static void test_delayed(void **state)
{
	struct task late, early, now;
	uint64_t from = oc_clock_ns();

	(void)state;
	start(2);
	task_init(&late);
	task_init(&early);
	task_init(&now);
	late.job.due_ns = from + SECOND / 20;
	early.job.due_ns = from + SECOND / 50;
	worker_submit_delayed(&workers, &late.job);
	worker_submit_delayed(&workers, &early.job);
	worker_submit(&workers, &now.job);
	await(&now);
	await(&early);
	assert_true(oc_clock_ns() >= early.job.due_ns);
	await(&late);
	assert_true(oc_clock_ns() >= late.job.due_ns);
	assert_true(now.order < late.order && early.order < late.order);
	workers_stop(&workers);
}

/* All sleep until the late one's time when the early one comes. */
static void test_delayed_for_less(void **state)
{
	struct task late, early;

	(void)state;
	start(2);
	task_init(&late);
	task_init(&early);
	late.job.due_ns = oc_clock_ns() + 3600 * SECOND;
	worker_submit_delayed(&workers, &late.job);
	for (int i = 1; i <= 20; i++) {
		early.job.due_ns = oc_clock_ns() + SECOND / 1000;
		worker_submit_delayed(&workers, &early.job);
		await(&early);
		assert_int_equal(early.runs, i);
	}
	assert_true(job_pending(&late.job));
	assert_true(worker_recall(&workers, &late.job));
	workers_stop(&workers);
	assert_int_equal(late.runs, 0);
}

/* Nothing is left behind: what waits runs, and sees that it is cancelled. */
static void test_stopped_with_jobs(void **state)
{
	struct task running[2], queued[8], delayed[2];

	(void)state;
	start(2);
	for (int i = 0; i < 2; i++) {
		task_init(&running[i]);
		running[i].until_cancelled = true;
		worker_submit(&workers, &running[i].job);
		sem_wait(&running[i].running);
	}
	for (int i = 0; i < 8; i++) {
		task_init(&queued[i]);
		queued[i].until_cancelled = true;
		worker_submit(&workers, &queued[i].job);
	}
	for (int i = 0; i < 2; i++) {
		task_init(&delayed[i]);
		delayed[i].job.due_ns = oc_clock_ns() + 3600 * SECOND;
		worker_submit_delayed(&workers, &delayed[i].job);
	}
	worker_abandon(&workers, &queued[7].job);
	workers_stop(&workers);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(queued[i].runs, 1);
		assert_true(queued[i].was_cancelled);
		assert_int_equal(queued[i].releases, i == 7);
	}
	for (int i = 0; i < 2; i++) {
		assert_true(running[i].was_cancelled && delayed[i].was_cancelled);
		assert_int_equal(delayed[i].runs, 1);
		assert_false(job_pending(&delayed[i].job));
	}
	workers_stop(&workers);
}

static void test_barrier(void **state)
{
	struct oc_interrupts in;
	struct task task;
	uint64_t generation;

	(void)state;
	start(2);
	task_init(&task);
	task.until_cancelled = true;
	worker_submit(&workers, &task.job);
	sem_wait(&task.running);
	oc_interrupts_init(&in, &latch);
	/* One works, the other sleeps. */
	generation = oc_proc_barrier_emit(&barrier, 1);
	assert_status(oc_proc_barrier_wait(&barrier, generation, &in, 60 * SECOND), OC_OK);
	assert_true(job_pending(&task.job));
	job_cancel(&task.job);
	await(&task);
	workers_stop(&workers);
}

/* Submitted and taken back from several sides as fast as can be. */
#define ROUNDS	2000

static void *play(void *arg)
{
	struct oc_latch own;
	struct task task;
	unsigned int seed = (unsigned int)(uintptr_t)arg;
	uintptr_t rounds = 0;

	oc_latch_init(&own);
	task_init(&task);
	task.job.done = &own;
	for (int i = 0; i < ROUNDS; i++) {
		seed = seed * 1103515245 + 12345;
		task.until_cancelled = seed >> 16 & 1;
		task.job.due_ns = oc_clock_ns() + (seed >> 20 & 0xffff);
		if (seed >> 17 & 1)
			worker_submit_delayed(&workers, &task.job);
		else
			worker_submit(&workers, &task.job);
		if (seed >> 18 & 1)
			job_cancel(&task.job);
		if (seed >> 19 & 1 && worker_recall(&workers, &task.job))
			continue;
		worker_finish(&workers, &task.job, &own);
		rounds++;
	}
	oc_latch_close(&own);
	return (void *)(rounds - (unsigned int)task.runs);	/* recalled by worker_finish() */
}

static void test_many_hands(void **state)
{
	pthread_t threads[4];
	void *recalled;

	(void)state;
	start(3);
	for (uintptr_t i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, play, (void *)(i + 1));
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &recalled);
		assert_true((uintptr_t)recalled <= ROUNDS);
	}
	workers_stop(&workers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORKER_TEST(test_runs_once),
		WORKER_TEST(test_without_a_latch),
		WORKER_TEST(test_order),
		WORKER_TEST(test_several_at_a_time),
		WORKER_TEST(test_cancelled_while_it_runs),
		WORKER_TEST(test_cancelled_before_it_runs),
		WORKER_TEST(test_recalled),
		WORKER_TEST(test_finish),
		WORKER_TEST(test_abandoned),
		WORKER_TEST(test_delayed),
		WORKER_TEST(test_delayed_for_less),
		WORKER_TEST(test_stopped_with_jobs),
		WORKER_TEST(test_barrier),
		WORKER_TEST(test_many_hands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
