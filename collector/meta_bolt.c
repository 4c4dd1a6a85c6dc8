/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_bolt.h"

#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

#define MAGIC 0xED0CDAEDU
#define VERSION 2U
#define PAGE_HEADER 16U
#define ELEMENT 16U
#define BUCKET_HEADER 16U
#define DEPTH_MAX 32U
#define RUN_MAX ((uint64_t)16 << 20) /* bytes of a page with its overflow */
#define PAGES_MAX 256U		     /* that bolt_each visits */

enum { PAGE_BRANCH = 1, PAGE_LEAF = 2 };
enum { LEAF_BUCKET = 1 };

struct page {
	char *owned; /* NULL for a page inside its parent's value */
	struct slice bytes;
	unsigned flags;
	unsigned count;
};

struct element {
	struct slice key;
	struct slice value; /* of a leaf */
	uint64_t child;	    /* of a branch */
	bool is_bucket;
};

/* The file is in the machine's own byte order, and nothing in it need be aligned. */
static uint16_t read16(const char *at)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static uint32_t read32(const char *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static uint64_t read64(const char *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static int read_exactly(const struct bolt *db, uint64_t offset, char *buf, size_t len)
{
	if (db->fd < 0) {
		if (offset > db->memory.len || len > db->memory.len - offset)
			return -EINVAL;
		memcpy(buf, db->memory.at + offset, len);
		return 0;
	}
	if (offset > INT64_MAX - len)
		return -EINVAL;
	for (size_t got = 0; got < len;) {
		ssize_t n = pread(db->fd, buf + got, len - got, (off_t)(offset + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EINVAL;
		got += (size_t)n;
	}
	return 0;
}

/* --- opening --- */

/* FNV-1a, 64 bits, over the meta page's fields before the sum. */
static uint64_t checksum(const char *at, size_t len)
{
	uint64_t h = UINT64_C(0xCBF29CE484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)at[i]) * UINT64_C(0x100000001B3);
	return h;
}

/* magic, version, page size, flags (4 bytes each), root, its sequence, freelist, pages, transaction, sum (8
 * each) */
static bool read_meta(const struct bolt *db, uint64_t offset, uint64_t *page_size, uint64_t *root,
		      uint64_t *transaction)
{
	char meta[64];

	if (read_exactly(db, offset + PAGE_HEADER, meta, sizeof(meta)) < 0)
		return false;
	if (read32(meta) != MAGIC || read32(meta + 4) != VERSION || checksum(meta, 56) != read64(meta + 56))
		return false;
	*page_size = read32(meta + 8);
	*root = read64(meta + 16);
	*transaction = read64(meta + 48);
	return *page_size >= 512 && *page_size <= 65536;
}

/* The younger of the two meta pages that is whole. */
static int find_root(struct bolt *db)
{
	uint64_t sizes[2] = {0, 0};
	uint64_t roots[2] = {0, 0};
	uint64_t transactions[2] = {0, 0};
	bool whole[2] = {false, false};
	unsigned pick;

	whole[0] = read_meta(db, 0, &sizes[0], &roots[0], &transactions[0]);
	for (uint64_t size = whole[0] ? sizes[0] : 4096; !whole[1] && size <= 65536; size *= 2) {
		whole[1] = read_meta(db, size, &sizes[1], &roots[1], &transactions[1]) && sizes[1] == size;
		if (whole[0])
			break;
	}
	if (!whole[0] && !whole[1])
		return -EINVAL;
	pick = whole[1] && (!whole[0] || transactions[1] > transactions[0]);
	db->page_size = sizes[pick];
	db->root = roots[pick];
	return 0;
}

int bolt_open(struct bolt *db, int rootfd, const char *path)
{
	_cleanup_close_ int fd = fs_open_in_root(rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	struct bolt opened = BOLT_CLOSED;
	struct stat st;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	opened.fd = fd;
	r = find_root(&opened);
	if (r < 0)
		return r;
	*db = opened;
	db->fd = TAKE_FD(fd);
	return 0;
}

int bolt_open_memory(struct bolt *db, struct slice memory)
{
	struct bolt opened = {.fd = -1, .memory = memory};
	int r = find_root(&opened);

	if (r == 0)
		*db = opened;
	return r;
}

void bolt_close(struct bolt *db)
{
	cleanup_closep(&db->fd);
	db->fd = -1;
}

/* --- pages --- */

static void page_free(struct page *p)
{
	free(p->owned);
	p->owned = NULL;
}

static int page_set(struct page *p, char *owned, struct slice bytes)
{
	unsigned flags;
	unsigned count;

	if (bytes.len < PAGE_HEADER)
		return -EINVAL;
	flags = read16(bytes.at + 8);
	count = read16(bytes.at + 10);
	if ((flags != PAGE_BRANCH && flags != PAGE_LEAF) || (bytes.len - PAGE_HEADER) / ELEMENT < count)
		return -EINVAL;
	*p = (struct page){owned, bytes, flags, count};
	return 0;
}

static int page_read(const struct bolt *db, uint64_t id, struct page *p)
{
	_cleanup_free_ char *data = NULL;
	char header[PAGE_HEADER];
	uint64_t offset;
	uint64_t len;
	int r;

	if (__builtin_mul_overflow(id, db->page_size, &offset))
		return -EINVAL;
	r = read_exactly(db, offset, header, sizeof(header));
	if (r < 0)
		return r;
	len = ((uint64_t)read32(header + 12) + 1) * db->page_size;
	if (read64(header) != id || len > RUN_MAX)
		return -EINVAL;
	data = malloc(len);
	if (!data)
		return -ENOMEM;
	r = read_exactly(db, offset, data, len);
	if (r == 0)
		r = page_set(p, data, (struct slice){data, len});
	if (r == 0)
		(void)TAKE_PTR(data);
	return r;
}

/* Positions count from the element itself. */
static bool element_at(const struct page *p, unsigned i, struct element *out)
{
	const char *at = p->bytes.at + PAGE_HEADER + (size_t)i * ELEMENT;
	size_t room = p->bytes.len - (size_t)(at - p->bytes.at);
	bool leaf = p->flags == PAGE_LEAF;
	uint64_t pos = read32(leaf ? at + 4 : at);
	uint64_t key_len = read32(leaf ? at + 8 : at + 4);
	uint64_t value_len = leaf ? read32(at + 12) : 0;

	if (pos + key_len + value_len > room)
		return false;
	*out = (struct element){
		.key = {at + pos, key_len},
		.value = {at + pos + key_len, value_len},
		.child = leaf ? 0 : read64(at + 8),
		.is_bucket = leaf && (read32(at) & LEAF_BUCKET),
	};
	return true;
}

static int compare(struct slice a, struct slice b)
{
	size_t shorter = a.len < b.len ? a.len : b.len;
	int c = shorter ? memcmp(a.at, b.at, shorter) : 0;

	return c ? c : (a.len > b.len) - (a.len < b.len);
}

/* The last element whose key is at most `key`; false where there is none, or the page is broken. */
static bool search(const struct page *p, struct slice key, struct element *out)
{
	unsigned low = 0;
	unsigned high = p->count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (!element_at(p, middle, out))
			return false;
		if (compare(out->key, key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && element_at(p, low - 1, out);
}

/* --- buckets --- */

/* Goes down from page *at to the leaf that would hold key; *at becomes that leaf, and keeps alive what *out
 * points to. */
static int descend(const struct bolt *db, struct page *at, struct slice key, struct element *out)
{
	for (unsigned depth = 0; depth < DEPTH_MAX; depth++) {
		struct page child;
		int r;

		if (!search(at, key, out))
			return -ENOENT;
		if (at->flags == PAGE_LEAF)
			return slice_equal(out->key, key) ? 0 : -ENOENT;
		r = page_read(db, out->child, &child);
		if (r < 0)
			return r;
		page_free(at);
		*at = child;
	}
	return -EINVAL;
}

/* Makes *at the first page of the bucket whose header and perhaps only page are in `value`. */
static int enter(const struct bolt *db, struct page *at, struct slice value)
{
	_cleanup_free_ char *inside = NULL;
	struct page bucket;
	uint64_t root;
	size_t len;
	int r;

	if (value.len < BUCKET_HEADER)
		return -EINVAL;
	root = read64(value.at);
	len = value.len - BUCKET_HEADER;
	if (root) {
		r = page_read(db, root, &bucket);
	} else {
		inside = malloc(len ? len : 1);
		if (!inside)
			return -ENOMEM;
		memcpy(inside, value.at + BUCKET_HEADER, len);
		r = page_set(&bucket, inside, (struct slice){inside, len});
		if (r == 0)
			(void)TAKE_PTR(inside);
	}
	if (r < 0)
		return r;
	page_free(at);
	*at = bucket;
	return 0;
}

/* Enters the nested buckets of path. On failure nothing is left to free. */
static int walk(const struct bolt *db, const struct slice *path, size_t n, struct page *at)
{
	int r = page_read(db, db->root, at);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++) {
		struct element e = {0};

		r = descend(db, at, path[i], &e);
		if (r == 0)
			r = e.is_bucket ? enter(db, at, e.value) : -ENOENT;
	}
	if (r < 0)
		page_free(at);
	return r;
}

int bolt_get(const struct bolt *db, const struct slice *path, size_t n, char **value, size_t *len)
{
	_cleanup_(page_free) struct page at = {0};
	struct element e = {.value = {"", 0}};
	char *copy;
	int r;

	if (n == 0)
		return -ENOENT;
	r = walk(db, path, n - 1, &at);
	if (r == 0)
		r = descend(db, &at, path[n - 1], &e);
	if (r < 0)
		return r;
	if (e.is_bucket)
		return -ENOENT;
	copy = malloc(e.value.len + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, e.value.at, e.value.len);
	copy[e.value.len] = '\0';
	*value = copy;
	*len = e.value.len;
	return 0;
}

struct visit {
	const struct bolt *db;
	void (*each)(void *context, struct slice key, struct slice value);
	void *context;
	unsigned pages;
};

static int visit_page(struct visit *v, const struct page *p, unsigned depth)
{
	if (depth >= DEPTH_MAX || v->pages++ >= PAGES_MAX)
		return -EINVAL;
	for (unsigned i = 0; i < p->count; i++) {
		_cleanup_(page_free) struct page child = {0};
		struct element e;
		int r;

		if (!element_at(p, i, &e))
			return -EINVAL;
		if (p->flags == PAGE_LEAF) {
			if (!e.is_bucket)
				v->each(v->context, e.key, e.value);
			continue;
		}
		r = page_read(v->db, e.child, &child);
		if (r == 0)
			r = visit_page(v, &child, depth + 1);
		if (r < 0)
			return r;
	}
	return 0;
}

int bolt_each(const struct bolt *db, const struct slice *path, size_t n,
	      void (*each)(void *context, struct slice key, struct slice value), void *context)
{
	_cleanup_(page_free) struct page at = {0};
	struct visit v = {db, each, context, 0};
	int r = walk(db, path, n, &at);

	return r < 0 ? r : visit_page(&v, &at, 0);
}
