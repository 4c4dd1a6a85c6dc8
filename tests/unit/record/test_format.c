/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of the format: numbers, tables, names of columns, checksums; and whole blocks of them. */
#include "base/cleanup.h"
#include "crc32c.h"
#include "limits.h"
#include "pack.h"
#include "rich.h"
#include "schema.h"
#include "table.h"
#include "texts.h"
#include "unpack.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct wire wire_of(const struct str *s)
{
	return (struct wire){(const unsigned char *)s->data, (const unsigned char *)s->data + s->len, false};
}

static void checksum(void **state)
{
	char zeros[32] = {0};

	(void)state;
	assert_int_equal(crc32c("123456789", 9), 0xE3069283);
	assert_int_equal(crc32c(zeros, 32), 0x8A9136AA); /* RFC 3720, B.4 */
	assert_int_equal(crc32c("", 0), 0);
}

static void numbers(void **state)
{
	static const uint64_t list[] = {0, 1, 127, 128, 300, UINT32_MAX, UINT64_MAX - 1, UINT64_MAX};
	_cleanup_str_ struct str out = {0};
	struct wire w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		wire_put(&out, list[i]);
		assert_int_equal(wire_unfold(wire_fold((int64_t)list[i])), (int64_t)list[i]);
	}
	w = wire_of(&out);
	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		assert_int_equal(wire_take(&w), list[i]);
	assert_false(w.bad);
	assert_int_equal(wire_take(&w), 0);
	assert_true(w.bad);
	/* more than 64 bits, and one that never ends */
	w = (struct wire){(const unsigned char *)"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", NULL, false};
	w.end = w.at + 10;
	wire_take(&w);
	assert_true(w.bad);
	w = (struct wire){(const unsigned char *)"\x80\x80", NULL, false};
	w.end = w.at + 2;
	wire_take(&w);
	assert_true(w.bad);
	w = (struct wire){(const unsigned char *)"\x05word", NULL, false};
	w.end = w.at + 5;
	assert_int_equal(wire_take_text(&w).len, 0);
	assert_true(w.bad);
}

/* Encodes `now` behind `before` and checks that it comes out again; the bytes it took. */
static size_t table_there_and_back(struct table *now, const struct table *before)
{
	_cleanup_str_ struct str out = {0};
	struct table back = {0};
	struct wire w;

	table_encode(now, before, &out);
	w = wire_of(&out);
	assert_int_equal(table_decode(&back, before, now->columns, 1000, &w), 0);
	assert_ptr_equal(w.at, w.end);
	assert_int_equal(back.rows, now->rows);
	for (size_t row = 0; row < now->rows; row++) {
		assert_int_equal(back.from[row], now->from[row]);
		for (size_t column = 0; column < now->columns; column++) {
			size_t at = column * now->rows + row;

			assert_int_equal(back.valid[at], now->valid[at]);
			if (now->valid[at])
				assert_int_equal(back.values[at], now->values[at]);
		}
	}
	table_free(&back);
	/* cut off anywhere it is broken */
	for (size_t len = 0; len < out.len; len++) {
		w = wire_of(&out);
		w.end = w.at + len;
		assert_int_equal(table_decode(&back, before, now->columns, 1000, &w), -EBADMSG);
		table_free(&back);
	}
	return out.len;
}

static void tables(void **state)
{
	struct table before = {0};
	struct table now = {0};

	(void)state;
	assert_int_equal(table_shape(&now, 3, 2), 0);
	for (size_t i = 0; i < 3; i++)
		now.from[i] = NEW_ROW;
	table_set(&now, 0, 0, UINT64_MAX);
	table_set(&now, 1, 0, 0);
	table_set(&now, 2, 1, INT64_MAX);
	table_there_and_back(&now, &before);
	before = now;
	now = (struct table){0};

	/* another order, one that is new, one cell that is gone and one that is back */
	assert_int_equal(table_shape(&now, 3, 2), 0);
	now.from[0] = 2;
	now.from[1] = NEW_ROW;
	now.from[2] = 0;
	table_set(&now, 0, 0, 5000);
	table_set(&now, 2, 0, UINT64_MAX - 4096);
	table_set(&now, 1, 1, (uint64_t)INT64_MIN);
	table_there_and_back(&now, &before);

	/* nothing new: a byte a column */
	table_free(&before);
	assert_int_equal(table_shape(&before, 3, 2), 0);
	for (size_t i = 0; i < 3; i++) {
		before.from[i] = NEW_ROW;
		for (size_t k = 0; k < 2; k++)
			before.values[k * 3 + i] = i;
		now.from[i] = (uint32_t)i;
	}
	memset(now.valid, 0, 6);
	assert_int_equal(table_there_and_back(&now, &before), 4);
	assert_int_equal(table_shape(&now, 0, 2), 0);
	table_there_and_back(&now, &before);
	table_free(&now);
	table_free(&before);
}

static void tables_have_limits(void **state)
{
	_cleanup_str_ struct str out = {0};
	struct table none = {0};
	struct table t = {0};
	struct wire w;

	(void)state;
	wire_put(&out, 501); /* 1002 cells */
	wire_put(&out, 0);
	str_append(&out, "\0\0", 2);
	w = wire_of(&out);
	assert_int_equal(table_decode(&t, &none, 2, 1000, &w), -EBADMSG);
	w = wire_of(&out);
	assert_int_equal(table_decode(&t, &none, 2, 1002, &w), 0);
	assert_int_equal(t.rows, 501);
	table_free(&t);
	w = wire_of(&out);
	assert_int_equal(table_decode(&t, &none, 0, 1000, &w), -EBADMSG);
	table_free(&t);
}

static void texts(void **state)
{
	_cleanup_str_ struct str out = {0};
	struct texts written = {0};
	struct texts read = {0};
	uint64_t a, b, c;
	struct wire w;

	(void)state;
	assert_int_equal(texts_number(&written, slice_of("one"), UINT64_MAX, &a), 0);
	assert_int_equal(texts_number(&written, (struct slice){"t\0o", 3}, 0, &b), 0);
	assert_int_equal(texts_number(&written, slice_of("one"), b, &c), 0);
	assert_int_equal(a, c);
	assert_int_not_equal(a, b);
	texts_write(&written, &out);
	w = wire_of(&out);
	assert_int_equal(texts_read(&read, &w), 0);
	assert_true(slice_is(*texts_at(&read, a), "one"));
	assert_int_equal(texts_at(&read, b)->len, 3);
	assert_null(texts_at(&read, 2));
	str_clear(&out);
	texts_write(&written, &out);
	assert_int_equal(out.len, 1);
	texts_free(&written);
	texts_free(&read);
}

/* A section of blocks comes out as it went in. */
static void there_and_back(const struct rich *world, unsigned n)
{
	struct packer *p = packer_new();
	struct unpacker *u = unpacker_new();
	_cleanup_str_ struct str raw = {0};

	for (unsigned i = 0; i < n; i++) {
		struct snapshot *s = rich_at(world, i);
		struct snapshot *back;
		bool whole = i % 25 == 0;

		assert_int_equal(packer_pack(p, s, &whole, &raw), 0);
		assert_int_equal(whole, i % 25 == 0);
		assert_int_equal(unpacker_take(u, (struct slice){raw.data, raw.len}, whole), 0);
		assert_int_equal(unpacker_snapshot(u, snapshot_realtime_ns(s), &back), 0);
		assert_same_snapshot(back, s);
		snapshot_unref(s);
		snapshot_unref(back);
	}
	packer_free(p);
	unpacker_free(u);
}

static void everything(void **state)
{
	(void)state;
	there_and_back(&(struct rich){.seed = 1, .n_entities = 40, .all_metrics = true}, 60);
	there_and_back(&(struct rich){.seed = 2, .n_entities = 30}, 60);
	there_and_back(&(struct rich){.seed = 3, .n_entities = 20, .calm = true}, 30);
	there_and_back(&(struct rich){.seed = 4, .n_entities = 0}, 3);
	there_and_back(&(struct rich){.seed = 5, .n_entities = 1, .all_metrics = true}, 30);
}

/* Other metrics in the middle: a new section. */
static void other_metrics(void **state)
{
	struct packer *p = packer_new();
	struct rich some = {.seed = 1, .n_entities = 3};
	struct rich all = {.seed = 1, .n_entities = 3, .all_metrics = true};
	struct snapshot *s = rich_at(&some, 0);
	struct snapshot *other = rich_at(&all, 1);
	_cleanup_str_ struct str raw = {0};
	bool whole = false;

	(void)state;
	assert_int_equal(packer_pack(p, s, &whole, &raw), 0);
	assert_true(whole);
	whole = false;
	assert_int_equal(packer_pack(p, s, &whole, &raw), 0);
	assert_false(whole);
	assert_int_equal(packer_pack(p, other, &whole, &raw), 0);
	assert_true(whole);
	snapshot_unref(s);
	snapshot_unref(other);
	packer_free(p);
}

/* Replaces every occurrence of a word of the same length; how many there were. */
static unsigned replace(struct str *s, const char *word, const char *with)
{
	unsigned n = 0;
	char *at = s->data;

	assert_int_equal(strlen(word), strlen(with));
	while ((at = memmem(at, s->len - (size_t)(at - s->data), word, strlen(word)))) {
		memcpy(at, with, strlen(with));
		n++;
	}
	return n;
}

/* A recording of a version whose table of metrics, fields and tables are others. */
static void other_version(void **state)
{
	struct rich world = {.seed = 1, .n_entities = 12, .all_metrics = true};
	struct snapshot *s = rich_at(&world, 2);
	struct snapshot *back;
	struct packer *p = packer_new();
	struct unpacker *u = unpacker_new();
	_cleanup_str_ struct str raw = {0};
	bool whole = true;
	uint64_t value;
	size_t n = 0;

	(void)state;
	assert_int_equal(packer_pack(p, s, &whole, &raw), 0);
	assert_int_equal(replace(&raw, "CPU_USAGE", "CPU_XSAGE"), 1);
	assert_int_equal(replace(&raw, "swap_bytes", "swap_bites"), 1);
	assert_int_equal(replace(&raw, &"\x07pagesize"[1], "pagesixe"), 1);
	assert_true(replace(&raw, "counter count", "counter cours") > 0);
	assert_int_equal(unpacker_take(u, (struct slice){raw.data, raw.len}, true), 0);
	assert_int_equal(unpacker_snapshot(u, 1, &back), 0);
	assert_false(metric_set_has(snapshot_metrics(back), METRIC_CPU_USAGE));
	assert_true(metric_set_has(snapshot_metrics(back), METRIC_CPU_USER));
	assert_int_equal(snapshot_host(back)->swap_bytes, 0);
	assert_int_equal(snapshot_host(back)->memory_bytes, UINT64_C(8) << 30);
	for (size_t i = 0; i < snapshot_count(s); i++) {
		uint64_t wanted;

		assert_false(snapshot_get(back, i, METRIC_CPU_USAGE, &value));
		assert_false(
			snapshot_get(back, i, METRIC_CPU_PERIODS, &value)); /* means something else there */
		if (!snapshot_get(s, i, METRIC_CPU_USER, &wanted))
			continue;
		n++;
		assert_true(snapshot_get(back, i, METRIC_CPU_USER, &value));
		assert_int_equal(value, wanted);
		for (size_t k = 0; k < snapshot_entity(back, i)->n_series; k++)
			assert_int_not_equal(snapshot_series_at(back, i, k)->dimension, DIMENSION_PAGESIZE);
	}
	assert_true(n > 0);
	snapshot_unref(back);
	/* what nothing goes without */
	assert_int_equal(replace(&raw, "identities", "identitees"), 1);
	assert_int_equal(unpacker_take(u, (struct slice){raw.data, raw.len}, true), -EBADMSG);
	assert_int_equal(unpacker_snapshot(u, 1, &back), -EBADMSG);
	snapshot_unref(s);
	packer_free(p);
	unpacker_free(u);
}

/* A flipped byte makes another snapshot, or an error, and nothing worse. */
static void broken(void **state)
{
	struct rich world = {.seed = 1, .n_entities = 4};
	struct snapshot *s = rich_at(&world, 0);
	struct packer *p = packer_new();
	struct unpacker *u = unpacker_new();
	_cleanup_str_ struct str raw = {0};
	bool whole = true;
	unsigned n_bad = 0;

	(void)state;
	assert_int_equal(packer_pack(p, s, &whole, &raw), 0);
	for (size_t i = 0; i < raw.len; i++) {
		struct snapshot *back = NULL;
		int r;

		raw.data[i] = (char)(raw.data[i] ^ (1 << i % 8));
		r = unpacker_take(u, (struct slice){raw.data, raw.len}, true);
		if (r == 0)
			r = unpacker_snapshot(u, 1, &back);
		assert_true(r == 0 || r == -EBADMSG);
		n_bad += r < 0;
		snapshot_unref(back);
		raw.data[i] = (char)(raw.data[i] ^ (1 << i % 8));
	}
	assert_true(n_bad > 100);
	snapshot_unref(s);
	packer_free(p);
	unpacker_free(u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksum),	 cmocka_unit_test(numbers),
		cmocka_unit_test(tables),	 cmocka_unit_test(tables_have_limits),
		cmocka_unit_test(texts),	 cmocka_unit_test(everything),
		cmocka_unit_test(other_metrics), cmocka_unit_test(other_version),
		cmocka_unit_test(broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
