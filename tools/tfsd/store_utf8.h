/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef TFSD_STORE_UTF8_H
#define TFSD_STORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Strictly: no surrogates, nothing longer than need be, nothing above U+10FFFF. */
bool utf8_is_valid(const char *text, size_t length);

#endif /* TFSD_STORE_UTF8_H */
