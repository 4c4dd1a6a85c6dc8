/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "container_private.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* One text each, words behind each other with a NUL between: arrays of pointers would be relocated at every
 * start. */
static const char adjectives[] =
	"able\0amber\0ancient\0azure\0bold\0brass\0bright\0brisk\0calm\0candid\0clear\0coastal\0copper\0coral"
	"\0"
	"crisp\0daring\0deep\0distant\0dry\0eager\0early\0easy\0even\0fair\0faithful\0fearless\0fleet\0foamy"
	"\0"
	"foggy\0free\0fresh\0gentle\0gilded\0glad\0golden\0grand\0green\0hardy\0hearty\0homeward\0honest\0idl"
	"e\0"
	"ivory\0jaunty\0jolly\0keen\0kind\0laden\0lazy\0lively\0lofty\0loyal\0lucky\0lunar\0mellow\0merry\0"
	"mighty\0misty\0moonlit\0narrow\0neat\0nimble\0noble\0northern\0old\0patient\0placid\0plain\0proud\0"
	"quick\0quiet\0ready\0roaming\0rugged\0salty\0sandy\0scarlet\0serene\0sharp\0silent\0silver\0sleek\0s"
	"low\0"
	"smooth\0snug\0southern\0stately\0steady\0stout\0sturdy\0sunny\0swift\0tall\0tidal\0tidy\0trim\0true"
	"\0"
	"trusty\0upright\0valiant\0vast\0warm\0wary\0western\0wide\0windy\0wise\0young";
static const char nouns[] =
	"albatross\0anchor\0anchorage\0atoll\0ballast\0barge\0bark\0barnacle\0bay\0beacon\0binnacle\0boatswai"
	"n\0"
	"bollard\0boom\0bosun\0bow\0brig\0bulkhead\0buoy\0cabin\0canoe\0capstan\0cargo\0catamaran\0channel\0"
	"chart\0cleat\0clipper\0cog\0compass\0cormorant\0cove\0crane\0current\0cutter\0davit\0deck\0delta\0di"
	"nghy\0"
	"dock\0dolphin\0dory\0draught\0estuary\0fathom\0fender\0ferry\0fjord\0foghorn\0forecastle\0freighter"
	"\0"
	"frigate\0funnel\0galleon\0galley\0gangway\0gannet\0gull\0halyard\0harbour\0hatch\0hawser\0helm\0herr"
	"ing\0"
	"hold\0hull\0isle\0jetty\0junk\0kayak\0keel\0kelp\0ketch\0knot\0lagoon\0lantern\0lighter\0lighthouse"
	"\0"
	"lock\0lugger\0mainsail\0mariner\0marlin\0mast\0mizzen\0mooring\0narwhal\0oar\0osprey\0otter\0pelican"
	"\0"
	"petrel\0pier\0pilot\0pinnace\0plover\0porpoise\0porthole\0prow\0puffin\0punt\0quay\0raft\0reef\0rigg"
	"ing\0"
	"rudder\0sailor\0schooner\0seal\0sextant\0shoal\0skiff\0skipper\0sloop\0spar\0spinnaker\0squall\0star"
	"board\0"
	"steamer\0stern\0stevedore\0strait\0tern\0tide\0tiller\0topsail\0trawler\0trident\0tug\0turtle\0vesse"
	"l\0"
	"voyage\0waterline\0wave\0wharf\0whistle\0winch\0windlass\0yacht\0yawl";

static size_t count_words(const char *words, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += words[i] == '\0';
	return n;
}

static const char *word_at(const char *words, size_t index)
{
	while (index--)
		words += strlen(words) + 1;
	return words;
}

static int random_bytes(void *to, size_t len, struct error *err)
{
	ssize_t n;

	do {
		n = getrandom(to, len, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, -errno, "", "cannot get random bytes");
	return (size_t)n == len ? 0 : error_set(err, -EIO, "", "too few random bytes");
}

int container_new_id(char id[CONTAINER_ID_LENGTH + 1], struct error *err)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[CONTAINER_ID_LENGTH / 2];
	int r = random_bytes(bytes, sizeof(bytes), err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		id[2 * i] = digits[bytes[i] >> 4];
		id[2 * i + 1] = digits[bytes[i] & 0xFU];
	}
	id[CONTAINER_ID_LENGTH] = '\0';
	return 0;
}

bool container_is_id(const char *text)
{
	return strspn(text, "0123456789abcdef") == CONTAINER_ID_LENGTH && text[CONTAINER_ID_LENGTH] == '\0';
}

/* Not isalnum(3): that depends on the locale. */
static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int container_check_name(const char *name, struct error *err)
{
	size_t len = strlen(name);
	size_t good = 0;

	while (good < len && (is_alnum(name[good]) || (good && strchr("_.-", name[good]))))
		good++;
	if (good == len && len >= 2 && len <= NAME_MAX_LENGTH)
		return 0;
	return error_set(
		err, -EINVAL, "",
		"'%s' can't be a container's name: names have 2 to %d letters, digits, '_', '.' and '-', "
		"and begin with a letter or a digit",
		name, NAME_MAX_LENGTH);
}

int container_new_name(const struct store *store, char *name, size_t cap, struct error *err)
{
	const size_t n_adjectives = count_words(adjectives, sizeof(adjectives));
	const size_t n_nouns = count_words(nouns, sizeof(nouns));

	for (unsigned tries = 0; tries < 64; tries++) {
		char path[STORE_PATH_SIZE];
		uint32_t dice[3];
		struct stat st;
		int r = random_bytes(dice, sizeof(dice), err);
		int n;

		if (r < 0)
			return r;
		n = snprintf(name, cap, "%s-%s", word_at(adjectives, dice[0] % n_adjectives),
			     word_at(nouns, dice[1] % n_nouns));
		/* thousands of containers: words alone begin to be taken */
		if (tries >= 8 && n > 0 && (size_t)n < cap)
			n += snprintf(name + n, cap - (size_t)n, "-%u", dice[2] % 1000000);
		if (n < 0 || (size_t)n >= cap)
			return error_set(err, -ENAMETOOLONG, "", "no room for a container's name");
		snprintf(path, sizeof(path), NAMES_FOLDER "/%s", name);
		if (fstatat(store->fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
			return 0;
	}
	return error_set(err, -EEXIST, "give one with --name", "found no name that is free");
}

static const char link_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char hex_digits[] = "0123456789abcdef";
#define LINK_PLAIN 16 /* of the id, as they are */

/* Its value: where it stands among the digits; at least `count` for one that is none of them. */
static unsigned digit_value(const char *digits, char c)
{
	return (unsigned)strcspn(digits, (const char[]){c, '\0'});
}

void name_link_text(const char id[CONTAINER_ID_LENGTH + 1], char out[NAME_LINK_LENGTH + 1])
{
	char *to = out + LINK_PLAIN;

	memcpy(out, id, LINK_PLAIN);
	for (const char *from = id + LINK_PLAIN; *from; from += 3) {
		unsigned bits = 0;

		for (int i = 0; i < 3; i++)
			bits = bits << 4 | digit_value(hex_digits, from[i]);
		*to++ = link_digits[bits >> 6];
		*to++ = link_digits[bits & 63];
	}
	*to = '\0';
}

/* The id that such a text stands for; false for any other text. */
static bool link_id(const char *text, char id[CONTAINER_ID_LENGTH + 1])
{
	char *to = id + LINK_PLAIN;

	if (strlen(text) != NAME_LINK_LENGTH)
		return false;
	memcpy(id, text, LINK_PLAIN);
	for (const char *from = text + LINK_PLAIN; *from; from += 2) {
		unsigned high = digit_value(link_digits, from[0]);
		unsigned low = digit_value(link_digits, from[1]);

		if (high > 63 || low > 63)
			return false;
		*to++ = hex_digits[high >> 2];
		*to++ = hex_digits[(high & 3) << 2 | low >> 4];
		*to++ = hex_digits[low & 15];
	}
	*to = '\0';
	return container_is_id(id);
}

int name_owner(const struct store *store, const char *path, char owner[STORE_PATH_SIZE])
{
	char id[CONTAINER_ID_LENGTH + 1];
	ssize_t n = fs_read_link(store->fd, path, owner, STORE_PATH_SIZE);

	if (n < 0)
		return (int)n;
	if (link_id(owner, id))
		memcpy(owner, id, sizeof(id));
	return 0;
}

static bool in_folder(int half, const char *id)
{
	char path[STORE_PATH_SIZE];
	struct stat st;

	snprintf(path, sizeof(path), CONTAINERS_FOLDER "/%.*s", CONTAINER_ID_LENGTH, id);
	return fstatat(half, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A maker has the lock before it takes a name, and holds it until the folder stands at its place. */
static bool maker_lives(int half, const char *id)
{
	_cleanup_close_ int fd = -1;
	char path[STORE_PATH_SIZE];

	snprintf(path, sizeof(path), CONTAINERS_FOLDER "/" MADE_PREFIX "%.*s", CONTAINER_ID_LENGTH, id);
	fd = openat(half, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

static bool exists_in(int half, const char *id)
{
	/* twice: it may be renamed into its place between the two looks */
	return half >= 0 && (in_folder(half, id) || maker_lives(half, id) || in_folder(half, id));
}

bool container_exists(const struct store *store, const char *id)
{
	_cleanup_close_ int fresh = -1;

	if (!container_is_id(id))
		return false;
	if (exists_in(store->fd, id) || exists_in(store->memory_fd, id))
		return true;
	/* the half in memory may have been made since this store was opened */
	fresh = store_memory_look(store);
	return exists_in(fresh, id);
}

/* Only under lock.names is a name taken away, so what is read under it stays so. */
static int take_away(const struct store *store, const char *path, const char *owner, bool if_dead)
{
	_cleanup_close_ int lock = -1;
	char target[STORE_PATH_SIZE];
	int r;

	lock = store_lock(store, "lock.names", LOCK_EX, SHORT_LOCK_MS, NULL);
	if (lock < 0)
		return lock;
	r = name_owner(store, path, target);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (strcmp(target, owner) != 0 || (if_dead && container_exists(store, owner)))
		return 0;
	return unlinkat(store->fd, path, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int name_take(const struct store *store, const char *name, const char *id, struct error *err)
{
	char text[NAME_LINK_LENGTH + 1];
	char path[STORE_PATH_SIZE];

	name_link_text(id, text);
	snprintf(path, sizeof(path), NAMES_FOLDER "/%s", name);
	while (symlinkat(text, store->fd, path) < 0) {
		char owner[STORE_PATH_SIZE];
		int r;

		if (errno != EEXIST)
			return error_errno(err, -errno, "", "cannot make '%s/%s'", store->path, path);
		r = name_owner(store, path, owner);
		if (r == -ENOENT)
			continue;
		if (r < 0)
			return error_errno(err, r, "remove it", "'%s/%s' is not a name's link", store->path,
					   path);
		if (container_exists(store, owner))
			return error_set(err, -EEXIST, "remove that container, or take another name",
					 "the name '%s' is taken by container %.12s", name, owner);
		r = take_away(store, path, owner, true);
		if (r < 0)
			return error_errno(err, r, "", "cannot take the name '%s' from '%s', which is gone",
					   name, owner);
	}
	return 0;
}

int name_release(const struct store *store, const char *name, const char *id)
{
	char path[STORE_PATH_SIZE];

	snprintf(path, sizeof(path), NAMES_FOLDER "/%s", name);
	return take_away(store, path, id, false);
}

int names_sweep(const struct store *store, const char *id)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int result = fs_open_list(store->fd, NAMES_FOLDER, &dir);

	if (result < 0)
		return result;
	while ((entry = fs_next(dir))) {
		char path[STORE_PATH_SIZE + sizeof(entry->d_name)];
		char owner[STORE_PATH_SIZE];
		int r = 0;

		snprintf(path, sizeof(path), NAMES_FOLDER "/%s", entry->d_name);
		if (name_owner(store, path, owner) < 0)
			continue;
		if (id ? strcmp(owner, id) == 0 : !container_exists(store, owner))
			r = take_away(store, path, owner, !id);
		if (r < 0 && result == 0)
			result = r;
	}
	return result;
}
