// SPDX-License-Identifier: GPL-2.0-only
/* test_log.c: lines of the log, in a file, on stderr and for the journal */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "../../tools/tfsd/log.h"

#define THREADS	4
#define LINES	1000
#define ROTATIONS	20
#define STAMP	"0000-00-00T00:00:00.000Z "

#define TEMPLATE "/tmp/test-log.XXXXXX"

static char dir[sizeof(TEMPLATE)];
static char path[sizeof(TEMPLATE) + 4];

static char *contents(const char *file)
{
	FILE *in = fopen(file, "re");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(in);
	if (getdelim(&text, &size, '\0', in) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(in);
	return text;
}

/* Every line begins with a time; what is behind it is compared. */
static void assert_lines(const char *wanted)
{
	char *text = contents(path), *to = text, *from = text;

	while (*from) {
		for (const char *s = STAMP; *s; s++, from++)
			assert_true(*s == '0' ? *from >= '0' && *from <= '9' : *from == *s);
		while (*from != '\n')
			*to++ = *from++;
		*to++ = *from++;
	}
	*to = '\0';
	assert_string_equal(text, wanted);
	free(text);
}

static void levels_have_names(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_DEBUG);
	log_error("one");
	log_warning("%d", 2);
	log_info("%s %c", "three", '3');
	log_debug("four");
	assert_lines("tfsd: error: one\ntfsd: warning: 2\ntfsd: info: three 3\n"
		     "tfsd: debug: four\n");
}

static void less_grave_is_left_out(void **state)
{
	(void)state;
	log_debug("no: the default is info");
	log_info("yes");
	log_set_level(LOG_LEVEL_ERROR);
	log_warning("no");
	log_error("yes");
	assert_lines("tfsd: info: yes\ntfsd: error: yes\n");
}

static void nobody_forges_a_line(void **state)
{
	(void)state;
	log_info("%s", "a\ntfsd: error: b\r\033[1m\x7f\tc \xc3\xa4");
	assert_lines("tfsd: info: a?tfsd: error: b??[1m??c \xc3\xa4\n");
}

static void long_line_is_cut_and_says_so(void **state)
{
	char words[3000], wanted[1025] = "tfsd: info: ";
	char *text;

	(void)state;
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	log_info("%s", words);
	text = contents(path);
	assert_int_equal(strlen(text), 1024);
	assert_string_equal(text + 1016, "xxxx...\n");
	free(text);

	/* And one that just fits is not. */
	assert_int_equal(truncate(path, 0), 0);
	words[1023 - strlen(STAMP) - strlen(wanted)] = '\0';
	log_info("%s", words);
	strcat(wanted, words);
	strcat(wanted, "\n");
	assert_lines(wanted);
}

static void errno_is_kept(void **state)
{
	(void)state;
	errno = EXDEV;
	log_info("%m");
	assert_int_equal(errno, EXDEV);
	log_debug("not written");
	assert_int_equal(errno, EXDEV);
	log_close();
	assert_int_equal(errno, EXDEV);
	assert_lines("tfsd: info: Invalid cross-device link\n");
}

static void file_is_appended_to(void **state)
{
	(void)state;
	log_info("one");
	log_close();
	assert_int_equal(log_open(path), 0);
	log_info("two");
	assert_lines("tfsd: info: one\ntfsd: info: two\n");
}

static void file_is_not_for_everybody(void **state)
{
	struct stat st;
	mode_t mask = umask(0);

	(void)state;
	unlink(path);
	assert_int_equal(log_open(path), 0);
	umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void refused_file_leaves_the_log_alone(void **state)
{
	(void)state;
	assert_int_equal(log_open("/nonexistent/log"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(log_open("/"), -1);
	assert_int_equal(errno, EISDIR);
	log_info("still here");
	assert_lines("tfsd: info: still here\n");
}

static void *chatter(void *arg)
{
	for (int i = 0; i < LINES; i++)
		log_info("%d %04d %s", *(int *)arg, i, "some words that make the line longer");
	return NULL;
}

static void threads_do_not_mix(void **state)
{
	int numbers[THREADS], next[THREADS] = { 0 }, number, i, n, lines = 0;
	pthread_t threads[THREADS];
	char line[200];
	FILE *in;

	(void)state;
	for (int t = 0; t < THREADS; t++) {
		numbers[t] = t;
		assert_int_equal(pthread_create(&threads[t], NULL, chatter, &numbers[t]), 0);
	}
	for (int t = 0; t < THREADS; t++)
		pthread_join(threads[t], NULL);
	in = fopen(path, "re");
	assert_non_null(in);
	for (; fgets(line, sizeof(line), in); lines++) {
		n = sscanf(line + strlen(STAMP), "tfsd: info: %d %d", &number, &i);
		assert_int_equal(n, 2);
		assert_in_range(number, 0, THREADS - 1);
		assert_int_equal(i, next[number]++);
		assert_non_null(strstr(line, " longer\n"));
	}
	fclose(in);
	assert_int_equal(lines, THREADS * LINES);
}

/* A file that must not grow stands for a disk that is full. */
/* Rotated again and again while threads write: each line is in one of the files. */
static void no_line_is_lost_by_opening_again(void **state)
{
	char old[sizeof(path) + 16], *text;
	int numbers[THREADS], lines = 0;
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, chatter, &numbers[i]), 0);
	}
	for (int i = 0; i < ROTATIONS; i++) {
		snprintf(old, sizeof(old), "%s.%d", path, i);
		assert_int_equal(rename(path, old), 0);
		assert_int_equal(log_open(path), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i <= ROTATIONS; i++) {
		snprintf(old, sizeof(old), "%s.%d", path, i);
		if (i == ROTATIONS)
			strcpy(old, path);
		text = contents(old);
		for (const char *at = text; (at = strchr(at, '\n')); at++)
			lines++;
		free(text);
		if (i < ROTATIONS)
			unlink(old);
	}
	assert_int_equal(lines, THREADS * LINES);
}

static void a_file_is_let_go(void **state)
{
	(void)state;
	log_info("one");
	assert_int_equal(log_open(NULL), 0);
	assert_int_equal(log_open(path), 0);
	log_info("two");
	assert_lines("tfsd: info: one\ntfsd: info: two\n");
}

static void lost_lines_are_counted(void **state)
{
	struct rlimit old, limit;

	(void)state;
	log_info("before");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 1;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	log_info("lost");
	log_debug("not even tried");
	log_info("lost too");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	log_info("after");
	log_info("once");
	assert_lines("tfsd: info: before\ntfsd: warning: 2 lines of the log were lost\n"
		     "tfsd: info: after\ntfsd: info: once\n");
}

/* A line of a process whose stderr is the file; $JOURNAL_STREAM names that one or another. */
static char *stderr_line(bool journal)
{
	int saved = dup(STDERR_FILENO);
	int fd = open(path, O_RDWR | O_TRUNC | O_APPEND | O_CLOEXEC);
	char stream[64];
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino + !journal);
	setenv("JOURNAL_STREAM", stream, 1);
	dup2(fd, STDERR_FILENO);
	assert_int_equal(log_open(NULL), 0);
	log_warning("words");
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	unsetenv("JOURNAL_STREAM");
	return contents(path);
}

static void journal_gets_levels(void **state)
{
	char *text = stderr_line(true);

	(void)state;
	assert_string_equal(text, "<4>words\n");
	free(text);
}

/* The variable is inherited; stderr may have been sent elsewhere since. */
static void stderr_of_others_gets_names(void **state)
{
	char *text = stderr_line(false);

	(void)state;
	assert_string_equal(text, "tfsd: warning: words\n");
	free(text);
}

static int open_log(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_INFO);
	unlink(path);
	return log_open(path);
}

static int close_log(void **state)
{
	(void)state;
	log_close();
	return 0;
}

static int make_directory(void **state)
{
	(void)state;
	strcpy(dir, TEMPLATE);
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/log", dir);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_log, close_log)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(levels_have_names),
		TEST(less_grave_is_left_out),
		TEST(nobody_forges_a_line),
		TEST(long_line_is_cut_and_says_so),
		TEST(errno_is_kept),
		TEST(file_is_appended_to),
		TEST(file_is_not_for_everybody),
		TEST(refused_file_leaves_the_log_alone),
		TEST(threads_do_not_mix),
		TEST(no_line_is_lost_by_opening_again),
		TEST(a_file_is_let_go),
		TEST(lost_lines_are_counted),
		TEST(journal_gets_levels),
		TEST(stderr_of_others_gets_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("log", tests, make_directory, remove_directory);
}
