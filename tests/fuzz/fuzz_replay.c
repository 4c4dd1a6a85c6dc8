/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recording that anybody may have written. A first byte of 'F': the rest is a file. Anything else: the rest
 * are blocks as they are once their checksums held and they were decompressed, each as a byte that is odd
 * where it stands by itself, three bytes of length, and the bytes.
 */
#include "base/cleanup.h"
#include "check.h"
#include "pack.h"
#include "record/record.h"
#include "unpack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define STEPS 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is given holds together, and can be recorded again. */
static void check_snapshot(const struct snapshot *s)
{
	struct packer *p = packer_new();
	struct unpacker *u = unpacker_new();
	_cleanup_str_ struct str raw = {0};
	struct snapshot *again;
	bool whole = true;

	CHECK(p && u);
	for (size_t i = 0; i < snapshot_count(s); i++) {
		const struct entity *e = snapshot_entity(s, i);

		CHECK(e->parent < (int32_t)i);
		CHECK(e->identity && e->class < ENTITY_CLASS__COUNT);
		for (size_t k = 0; k < e->n_series; k++)
			CHECK(snapshot_series_at(s, i, k)->instance);
	}
	CHECK(packer_pack(p, s, &whole, &raw) == 0);
	CHECK(unpacker_take(u, (struct slice){raw.data, raw.len}, true) == 0);
	CHECK(unpacker_snapshot(u, snapshot_realtime_ns(s), &again) == 0);
	CHECK(snapshot_count(again) == snapshot_count(s));
	CHECK(snapshot_monotonic_ns(again) == snapshot_monotonic_ns(s));
	snapshot_unref(again);
	packer_free(p);
	unpacker_free(u);
}

static void try_file(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("recording", MFD_CLOEXEC);
	struct source *source;
	struct error err;
	char path[32];

	CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (replay_open(path, &source, &err) < 0)
		return;
	for (unsigned i = 0; i < STEPS; i++) {
		struct snapshot *s;

		if (i % 7 == 5)
			(void)replay_step(source, i % 2 ? -2 : 1, &err);
		if (source_sample(source, NULL, &s, &err) < 0)
			break;
		check_snapshot(s);
		snapshot_unref(s);
	}
	source_close(source);
}

static void try_blocks(const uint8_t *data, size_t size)
{
	struct unpacker *u = unpacker_new();

	CHECK(u);
	while (size >= 4) {
		size_t len = data[1] | (size_t)data[2] << 8 | (size_t)data[3] << 16;
		bool whole = data[0] & 1;
		struct snapshot *s;

		len = len < size - 4 ? len : size - 4;
		if (unpacker_take(u, (struct slice){(const char *)data + 4, len}, whole) == 0 &&
		    unpacker_snapshot(u, 1, &s) == 0) {
			check_snapshot(s);
			snapshot_unref(s);
		}
		data += 4 + len;
		size -= 4 + len;
	}
	unpacker_free(u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 'F')
		try_file(data + 1, size - 1);
	else
		try_blocks(data + 1, size - 1);
	return 0;
}
