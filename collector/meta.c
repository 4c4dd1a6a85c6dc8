/* SPDX-License-Identifier: Apache-2.0 */
#include "meta.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/parse.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

void meta_free(struct meta *m)
{
	arena_free(&m->arena);
	free(m->labels);
	*m = (struct meta){0};
}

/* --- fields --- */

/* Our strings end at a NUL, and a foreign one may hold some. */
static const char *copy(struct meta *m, struct slice text)
{
	_cleanup_str_ struct str clean = {0};
	const char *out;

	if (text.len && memchr(text.at, '\0', text.len)) {
		for (size_t i = 0; i < text.len; i++) {
			if (text.at[i])
				str_char(&clean, text.at[i]);
			else
				str_add(&clean, "\xEF\xBF\xBD");
		}
		m->failed = m->failed || clean.failed;
		text = clean.failed ? (struct slice){"", 0} : (struct slice){clean.data, clean.len};
	}
	out = arena_text(&m->arena, text);
	m->failed = m->failed || !out;
	return out;
}

void meta_text(struct meta *m, const char **field, struct slice text)
{
	if (!(*field && **field) && text.len > 0 && text.len <= META_TEXT_MAX)
		*field = copy(m, text);
}

void meta_set(struct meta *m, const char **field, const char *text)
{
	*field = copy(m, slice_of(text));
}

void meta_label(struct meta *m, struct slice key, struct slice value)
{
	struct label label;

	if (key.len == 0 || key.len > META_LABEL_KEY_MAX || value.len > META_LABEL_VALUE_MAX ||
	    m->who.n_labels >= META_LABELS_MAX)
		return;
	if (m->who.n_labels == m->cap_labels) {
		size_t cap = m->cap_labels ? m->cap_labels * 2 : 16;
		struct label *more = reallocarray(m->labels, cap, sizeof(*more));

		if (!more) {
			m->failed = true;
			return;
		}
		m->labels = more;
		m->cap_labels = cap;
		m->who.labels = more;
	}
	label = (struct label){copy(m, key), copy(m, value)};
	if (label.key && label.value)
		m->labels[m->who.n_labels++] = label;
}

/* Labels of the kubelet for Docker, annotations of containerd's CRI plugin, of nerdctl and of cri-o. */
static const struct known_key {
	const char *key;
	size_t field;
} known_keys[] = {
	{"io.kubernetes.container.name", offsetof(struct identity, kube_container)},
	{"io.kubernetes.pod.name", offsetof(struct identity, pod)},
	{"io.kubernetes.pod.namespace", offsetof(struct identity, pod_namespace)},
	{"io.kubernetes.pod.uid", offsetof(struct identity, pod_uid)},
	{"io.kubernetes.cri.container-name", offsetof(struct identity, kube_container)},
	{"io.kubernetes.cri.image-name", offsetof(struct identity, image)},
	{"io.kubernetes.cri.sandbox-name", offsetof(struct identity, pod)},
	{"io.kubernetes.cri.sandbox-namespace", offsetof(struct identity, pod_namespace)},
	{"io.kubernetes.cri.sandbox-uid", offsetof(struct identity, pod_uid)},
	{"io.kubernetes.cri-o.ImageName", offsetof(struct identity, image)},
	{"io.kubernetes.cri-o.KubeName", offsetof(struct identity, pod)},
	{"io.kubernetes.cri-o.Namespace", offsetof(struct identity, pod_namespace)},
	{"io.kubernetes.cri-o.Name", offsetof(struct identity, name)},
	{"nerdctl/name", offsetof(struct identity, name)},
};

static const struct label sandbox_marks[] = {
	{"io.kubernetes.docker.type", "podsandbox"},
	{"io.kubernetes.cri.container-type", "sandbox"},
	{"io.kubernetes.cri-o.ContainerType", "sandbox"},
	{"io.cri-containerd.kind", "sandbox"},
};

bool meta_known_key(struct meta *m, const char *key, struct slice value)
{
	for (size_t i = 0; i < ARRAY_SIZE(sandbox_marks); i++) {
		if (strcmp(key, sandbox_marks[i].key) == 0) {
			m->who.sandbox = m->who.sandbox || slice_is(value, sandbox_marks[i].value);
			return true;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(known_keys); i++) {
		if (strcmp(key, known_keys[i].key) == 0) {
			meta_text(m, (const char **)(void *)((char *)&m->who + known_keys[i].field), value);
			return true;
		}
	}
	return false;
}

void meta_labels(struct meta *m, struct json_object *object)
{
	if (!json_object_is_type(object, json_type_object))
		return;
	json_object_object_foreach(object, key, value)
	{
		struct slice text;

		if (!json_object_is_type(value, json_type_string))
			continue;
		text = (struct slice){json_object_get_string(value),
				      (size_t)json_object_get_string_len(value)};
		meta_known_key(m, key, text);
		meta_label(m, slice_of(key), text);
	}
}

static void from_label(struct meta *m, const char **field, const char *key)
{
	for (size_t i = m->who.n_labels; i > 0; i--) {
		if (strcmp(m->labels[i - 1].key, key) == 0) {
			meta_text(m, field, slice_of(m->labels[i - 1].value));
			return;
		}
	}
}

void meta_finish(struct meta *m)
{
	struct identity *who = &m->who;
	_cleanup_str_ struct str name = {0};

	from_label(m, &who->compose_project, "com.docker.compose.project");
	from_label(m, &who->compose_project, "io.podman.compose.project");
	from_label(m, &who->compose_service, "com.docker.compose.service");
	from_label(m, &who->compose_service, "io.podman.compose.service");
	/* A Kubernetes container's own name is generated ("k8s_…") or none; people say pod and container. */
	if (!who->pod_namespace || !who->pod)
		return;
	str_add(&name, who->pod);
	if (!who->sandbox && who->kube_container) {
		str_char(&name, '/');
		str_add(&name, who->kube_container);
	}
	if (name.failed)
		m->failed = true;
	else
		meta_set(m, &who->name, name.data);
}

/* --- JSON --- */

/*
 * Strings may be as long as they like; what costs memory out of proportion is the number of values. json-c
 * gives even an empty object about 750 bytes and an empty array 350, against 50 of a number.
 */
static bool too_many_tokens(struct slice text)
{
	bool in_string = false;
	unsigned tokens = 0;

	for (size_t i = 0; i < text.len && tokens <= META_TOKENS_MAX; i++) {
		char c = text.at[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string)
			tokens += c == '{' ? 16 : c == '[' ? 8 : c == ',';
	}
	return tokens > META_TOKENS_MAX;
}

int meta_json(struct slice text, struct json_object **out)
{
	struct json_tokener *tokener;
	struct json_object *object;
	enum json_tokener_error error;

	if (text.len > META_FILE_MAX || too_many_tokens(text))
		return -E2BIG;
	tokener = json_tokener_new_ex(META_DEPTH_MAX);
	if (!tokener)
		return -ENOMEM;
	object = json_tokener_parse_ex(tokener, text.at, (int)text.len);
	error = json_tokener_get_error(tokener);
	json_tokener_free(tokener);
	if (error == json_tokener_success && object) {
		*out = object;
		return 0;
	}
	json_object_put(object);
	return -EINVAL;
}

struct json_object *json_member(struct json_object *object, const char *key)
{
	struct json_object *member;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &member))
		return NULL;
	return member;
}

struct slice json_text(struct json_object *object, const char *key)
{
	struct json_object *member = json_member(object, key);

	if (!json_object_is_type(member, json_type_string))
		return (struct slice){"", 0};
	return (struct slice){json_object_get_string(member), (size_t)json_object_get_string_len(member)};
}

uint64_t json_u64(struct json_object *object, const char *key, uint64_t max)
{
	struct json_object *member = json_member(object, key);
	int64_t value;

	if (!json_object_is_type(member, json_type_int))
		return 0;
	value = json_object_get_int64(member);
	return value < 0 || (uint64_t)value > max ? 0 : (uint64_t)value;
}

/* --- times --- */

/* n digits at *text, and the character behind them where `then` is not NUL. */
static bool take_digits(struct slice *text, size_t n, char then, unsigned *out)
{
	uint64_t value;

	if (text->len < n + (then != '\0') || parse_u64((struct slice){text->at, n}, &value) < 0)
		return false;
	if (then && text->at[n] != then)
		return false;
	*out = (unsigned)value;
	text->at += n + (then != '\0');
	text->len -= n + (then != '\0');
	return true;
}

/* Days since 1970-01-01 in the Gregorian calendar; year ≥ 1970, month and day from 1. */
static uint64_t days_since_epoch(unsigned year, unsigned month, unsigned day)
{
	static const unsigned before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	uint64_t y = year - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 - 719162 + before[month - 1] + (leap && month > 2) + day -
	       1;
}

static unsigned take_fraction(struct slice *text)
{
	unsigned ns = 0;
	unsigned scale = 100000000;

	if (text->len == 0 || text->at[0] != '.')
		return 0;
	for (*text = (struct slice){text->at + 1, text->len - 1}; text->len; text->at++, text->len--) {
		unsigned digit = (unsigned)(unsigned char)text->at[0] - '0';

		if (digit > 9)
			break;
		ns += digit * scale;
		scale /= 10;
	}
	return ns;
}

/* "Z" or "+02:00" at the end; in seconds to subtract. */
static bool take_zone(struct slice text, int64_t *seconds)
{
	bool west;
	unsigned hours;
	unsigned minutes;

	*seconds = 0;
	if (slice_is(text, "Z") || slice_is(text, "z"))
		return true;
	if (text.len != 6 || (text.at[0] != '+' && text.at[0] != '-'))
		return false;
	west = text.at[0] == '-';
	text = (struct slice){text.at + 1, 5};
	if (!take_digits(&text, 2, ':', &hours) || !take_digits(&text, 2, '\0', &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*seconds = (int64_t)(hours * 3600 + minutes * 60) * (west ? -1 : 1);
	return true;
}

uint64_t meta_time(struct slice text)
{
	unsigned year, month, day, hour, minute, second, ns;
	int64_t zone;
	int64_t total;

	if (!take_digits(&text, 4, '-', &year) || !take_digits(&text, 2, '-', &month) ||
	    !take_digits(&text, 2, 'T', &day) || !take_digits(&text, 2, ':', &hour) ||
	    !take_digits(&text, 2, ':', &minute) || !take_digits(&text, 2, '\0', &second))
		return 0;
	if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
	    minute > 59 || second > 60)
		return 0;
	ns = take_fraction(&text);
	if (!take_zone(text, &zone))
		return 0;
	total = (int64_t)(days_since_epoch(year, month, day) * 86400 + hour * 3600U + minute * 60U + second) -
		zone;
	return total < 0 ? 0 : (uint64_t)total * NSEC_PER_SEC + ns;
}

/* --- files --- */

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool meta_stamp_equal(const struct meta_stamp *a, const struct meta_stamp *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       same_time(a->modified, b->modified) && same_time(a->changed, b->changed);
}

static struct meta_stamp stamp_of(const struct stat *st)
{
	return (struct meta_stamp){st->st_dev, st->st_ino, st->st_size, st->st_mtim, st->st_ctim};
}

int meta_stat(int dirfd, const char *path, struct meta_stamp *out)
{
	struct stat st;

	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	*out = stamp_of(&st);
	return 0;
}

int meta_stat_in_root(int rootfs, const char *path, struct meta_stamp *out)
{
	_cleanup_close_ int fd = fs_open_in_root(rootfs, path, O_PATH | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	*out = stamp_of(&st);
	return 0;
}

int meta_read(int dirfd, const char *path, char **text, size_t *len, struct meta_stamp *stamp)
{
	_cleanup_free_ char *data = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;
	ssize_t n;

	/* O_NONBLOCK: somebody may have put a FIFO there */
	fd = fs_open_in_root(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uint64_t)st.st_size > META_FILE_MAX)
		return -EFBIG;
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return -ENOMEM;
	n = fs_pread(fd, data, (size_t)st.st_size);
	if (n < 0)
		return (int)n;
	data[n] = '\0';
	*text = TAKE_PTR(data);
	*len = (size_t)n;
	if (stamp)
		*stamp = stamp_of(&st);
	return 0;
}
