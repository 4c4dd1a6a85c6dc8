/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include "base/str.h"
#include "block.h"
#include "crc32c.h"
#include "index.h"
#include "unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#define NONE SIZE_MAX

struct replay {
	struct source source; /* first, so that one is the other */
	struct index index;
	struct unpacker *unpacker;
	size_t unpacked; /* the entry that the unpacker took last, or NONE */
	size_t given;	 /* the entry of the last sample, or NONE */
	size_t next;
	bool backwards; /* the last step went back: damage is passed by in that direction */
	ZSTD_DCtx *zstd;
	struct str stored;
	struct str raw;
};

static struct replay *replay_of(struct source *s)
{
	return (struct replay *)(void *)s;
}

/* The bytes of a block, checked and decompressed, into p->raw. */
static int read_block(struct replay *p, const struct index_entry *e)
{
	int fd = p->index.fds[index_file(e)];
	char header[BLOCK_HEADER_SIZE];
	struct block b;
	size_t len;
	int r = block_read(fd, index_offset(e), header, sizeof(header));

	if (r < 0)
		return r;
	if (!block_get(&b, header) || b.whole != index_whole(e))
		return -EBADMSG;
	str_clear(&p->stored);
	str_clear(&p->raw);
	if (!str_reserve(&p->stored, b.stored + 1U) || !str_reserve(&p->raw, b.raw + 1U))
		return -ENOMEM;
	r = block_read(fd, index_offset(e) + BLOCK_HEADER_SIZE, p->stored.data, b.stored);
	if (r < 0)
		return r;
	if (crc32c(p->stored.data, b.stored) != b.checksum)
		return -EBADMSG;
	len = ZSTD_decompressDCtx(p->zstd, p->raw.data, b.raw, p->stored.data, b.stored);
	if (ZSTD_isError(len) || len != b.raw)
		return -EBADMSG;
	p->raw.len = len;
	return 0;
}

/* Takes in all from the start of the section, or from where the unpacker is, to the entry. *at: how far it
 * got. */
static int unpack_to(struct replay *p, size_t entry, size_t *at)
{
	size_t first = index_section(&p->index, entry);

	if (p->unpacked != NONE && p->unpacked >= first && p->unpacked <= entry)
		first = p->unpacked + 1;
	p->unpacked = NONE;
	for (*at = first; *at <= entry; ++*at) {
		const struct index_entry *e = &p->index.entries[*at];
		int r = read_block(p, e);

		if (r == 0)
			r = unpacker_take(p->unpacker, (struct slice){p->raw.data, p->raw.len},
					  index_whole(e));
		if (r < 0)
			return r;
	}
	*at = entry;
	p->unpacked = entry;
	return 0;
}

/* Leaves out what can't be read, and goes on at its other side. */
static void pass_by(struct replay *p, size_t damaged)
{
	index_drop(&p->index, damaged);
	p->unpacked = NONE;
	if (p->backwards && damaged > 0)
		p->next = damaged - 1;
	else
		p->next = damaged;
	if (p->next >= p->index.n && damaged > 0 && p->backwards)
		p->next = p->index.n - 1;
}

static int replay_sample(struct source *s, const struct metric_set *need, struct snapshot **out,
			 struct error *err)
{
	struct replay *p = replay_of(s);

	(void)need;
	while (p->next < p->index.n) {
		size_t at = p->next;
		int r = unpack_to(p, p->next, &at);

		if (r == 0)
			r = unpacker_snapshot(p->unpacker, p->index.entries[p->next].realtime_ns, out);
		if (r == 0) {
			p->given = p->next++;
			p->backwards = false;
			return 0;
		}
		if (r != -EBADMSG)
			return error_errno(err, r, "", "cannot read the recording");
		pass_by(p, at);
	}
	return error_set(err, -ENODATA, "", "the recording ends here");
}

static int replay_event_fd(struct source *s)
{
	(void)s;
	return -1;
}

static int replay_dispatch(struct source *s, struct error *err)
{
	(void)s;
	(void)err;
	return 0;
}

static void replay_close(struct source *s)
{
	struct replay *p = replay_of(s);

	if (!p)
		return;
	index_close(&p->index);
	unpacker_free(p->unpacker);
	ZSTD_freeDCtx(p->zstd);
	str_free(&p->stored);
	str_free(&p->raw);
	free(p);
}

static const struct source_ops replay_ops = {
	.name = "replay",
	.sample = replay_sample,
	.event_fd = replay_event_fd,
	.dispatch = replay_dispatch,
	.close = replay_close,
};

int replay_open(const char *path, struct source **out, struct error *err)
{
	struct replay *p = calloc(1, sizeof(*p));
	int r = 0;

	if (!p)
		return error_errno(err, -ENOMEM, "", "cannot replay '%s'", path);
	p->source.ops = &replay_ops;
	p->given = NONE;
	p->unpacked = NONE;
	p->unpacker = unpacker_new();
	p->zstd = ZSTD_createDCtx();
	if (!p->unpacker || !p->zstd)
		r = error_errno(err, -ENOMEM, "", "cannot replay '%s'", path);
	if (r == 0)
		r = index_open(&p->index, path, err);
	if (r < 0) {
		replay_close(&p->source);
		return r;
	}
	*out = &p->source;
	return 0;
}

bool source_is_replay(const struct source *s)
{
	return s->ops == &replay_ops;
}

void replay_span(const struct source *s, uint64_t *first_ns, uint64_t *last_ns)
{
	const struct replay *p = (const struct replay *)(const void *)s;

	*first_ns = p->index.n ? p->index.entries[0].realtime_ns : 0;
	*last_ns = p->index.n ? p->index.entries[p->index.n - 1].realtime_ns : 0;
}

uint64_t replay_damaged(const struct source *s)
{
	return ((const struct replay *)(const void *)s)->index.damaged;
}

int replay_seek(struct source *s, uint64_t realtime_ns, struct error *err)
{
	struct replay *p = replay_of(s);

	if (p->index.n == 0)
		return error_set(err, -ENODATA, "", "nothing of the recording can be read");
	p->next = 0;
	/* from the end, as a clock that was set back shows some times twice */
	for (size_t i = p->index.n; i > 0; i--) {
		if (p->index.entries[i - 1].realtime_ns > realtime_ns)
			continue;
		p->next = i - 1;
		break;
	}
	p->backwards = p->next > 0;
	return 0;
}

int replay_step(struct source *s, int64_t n, struct error *err)
{
	struct replay *p = replay_of(s);
	/* nothing given yet: one step forward leads to the first */
	int64_t from = p->given == NONE ? -1 : (int64_t)p->given;
	int64_t last = (int64_t)p->index.n - 1;

	if (p->index.n == 0)
		return error_set(err, -ENODATA, "", "nothing of the recording can be read");
	if (n > last - from)
		p->next = (size_t)last;
	else
		p->next = n < -from ? 0 : (size_t)(from + n);
	p->backwards = n < 0;
	return 0;
}
