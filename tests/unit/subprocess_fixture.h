/* SPDX-License-Identifier: GPL-2.0-only */
/* subprocess_fixture.h: one program that a test starts, and what it wrote */
#ifndef TESTS_SUBPROCESS_FIXTURE_H
#define TESTS_SUBPROCESS_FIXTURE_H

#include <oc/subprocess.h>

#include "unit.h"

extern struct oc_subprocess sub;
extern char text[8192];		/* what get() got */
extern int fds_before;		/* open when the test began */

/* For cmocka. Whatever happened: nothing is left open, nobody left to be reaped. */
int subprocess_setup(void **state);
int subprocess_teardown(void **state);

#define SUBPROCESS_TEST(f) \
	cmocka_unit_test_setup_teardown(f, subprocess_setup, subprocess_teardown)

int open_fds(void);

int start(const char *const *argv, const char *const *envp, enum oc_stream in,
	  enum oc_stream out, enum oc_stream err);

/* With nothing to read, and its output in a pipe. */
void start_shell(const char *command, enum oc_stream err);

/* All until the end, or one line. */
void get(int fd, bool line);

/* It ends by itself. */
void reap(void);

#endif /* TESTS_SUBPROCESS_FIXTURE_H */
