/* SPDX-License-Identifier: Apache-2.0 */
/* libexec/plimsoll/seccomp: a key on standard input becomes a compiled filter's file on standard output. Its
 * words go to the launcher, which shows them: the cause on a line, the remedy on the next. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "rules.h"
#include "seccomp/seccomp_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All of standard input, which may be a pipe. 0 or -errno. */
static int read_key(struct str *key)
{
	for (;;) {
		char piece[4096];
		ssize_t n = read(STDIN_FILENO, piece, sizeof(piece));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return key->failed ? -ENOMEM : 0;
		if (n > 0)
			str_append(key, piece, (size_t)n);
		if (key->len > SECCOMP_KEY_MAX)
			return -EFBIG;
	}
}

static int write_file(struct slice key, const struct rules *rules, const struct program *program,
		      struct error *err)
{
	const size_t summed = offsetof(struct seccomp_file, key_size);
	size_t size = seccomp_file_size((uint32_t)key.len, (uint32_t)program->n);
	_cleanup_free_ char *text = calloc(1, size);
	struct seccomp_file header = {
		.magic = SECCOMP_FILE_MAGIC,
		.key_size = (uint32_t)key.len,
		.n = (uint32_t)program->n,
		.flags = rules->flags,
	};

	if (!text)
		return error_errno(err, -ENOMEM, "", "cannot write the seccomp filter");
	memcpy(text, &header, sizeof(header));
	memcpy(text + sizeof(header), key.at, key.len);
	memcpy(text + seccomp_file_filter_at(header.key_size), program->at,
	       program->n * sizeof(*program->at));
	header.checksum = seccomp_file_checksum(text + summed, size - summed);
	memcpy(text, &header, sizeof(header));
	if (fwrite(text, 1, size, stdout) != size || fflush(stdout) != 0)
		return error_errno(err, -errno, "", "cannot write the seccomp filter");
	return 0;
}

static int compile(struct slice key, struct error *err)
{
	_cleanup_(rules_free) struct rules rules = {0};
	struct program program = {0};
	struct request request;
	int r = request_read(&request, key, err);

	if (r < 0)
		return r;
	r = request.has_profile ? profile_json(&request, &rules, err) : profile_default(&request, &rules);
	if (r == -ENOMEM)
		error_errno(err, r, "", "cannot make the seccomp filter");
	if (r == 0)
		r = rules_compile(&rules, request.arch, &program, err);
	if (r == 0)
		r = write_file(key, &rules, &program, err);
	free(program.at);
	return r;
}

int main(void)
{
	_cleanup_str_ struct str key = {0};
	struct error err;
	int r = read_key(&key);

	if (r < 0)
		error_errno(&err, r, "", "cannot read the request for a seccomp filter");
	else
		r = compile((struct slice){key.data ? key.data : "", key.len}, &err);
	if (r < 0)
		fprintf(stderr, "%s\n%s\n", err.cause, err.remedy);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
