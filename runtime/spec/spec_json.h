/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as it is written: indented, a member a line. A failed allocation shows in the str. */
#pragma once

#include "base/str.h"
#include "runtime/spec.h"

struct json_writer {
	struct str *out;
	unsigned depth;
	bool full; /* what is open has a member already */
};

/* A text with its quotes. Bytes beyond ASCII stay as they are, whether UTF-8 or not: a path must come back as
 * it was. */
void jsonw_quote(struct str *out, const char *text);

/* In a list, key is NULL. */
void jsonw_key(struct json_writer *w, const char *key);
void jsonw_open(struct json_writer *w, const char *key, char bracket);
void jsonw_close(struct json_writer *w, char bracket);
void jsonw_text(struct json_writer *w, const char *key, const char *text); /* NULL: nothing is written */
void jsonw_u64(struct json_writer *w, const char *key, uint64_t value);
void jsonw_i64(struct json_writer *w, const char *key, int64_t value);
void jsonw_bool(struct json_writer *w, const char *key, bool value);
void jsonw_texts(struct json_writer *w, const char *key, const struct spec_texts *texts);

void spec_write_linux(struct json_writer *w, const struct spec *spec);
void spec_write_resources(struct json_writer *w, const struct cgroup_limits *limits);
