/* SPDX-License-Identifier: Apache-2.0 */
/* One value of a flag: the first byte chooses the notation, the rest is the text (or the file that it names).
 */
#include "base/cleanup.h"
#include "check.h"
#include "runtime/value.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *file_text;
static size_t file_len;

/* Everything exists: what a path ends in says what it is. */
static int status(void *context, const char *path, struct stat *out)
{
	size_t len = strlen(path);
	char last = len ? path[len - 1] : '/';

	(void)context;
	*out = (struct stat){.st_mode = last == 'b'   ? S_IFBLK | 0660
					: last == 'c' ? S_IFCHR | 0660
					: last == 'f' ? S_IFREG | 0644
						      : S_IFDIR | 0755,
			     .st_rdev = makedev(8, 1)};
	return last == '!' ? -ENOENT : 0;
}

static int children(void *context, const char *folder, struct spec *spec, struct spec_texts *names)
{
	(void)context;
	if (strlen(folder) > 64)
		return 0;
	return spec_texts_add(spec, names, "b") < 0 || spec_texts_add(spec, names, "folder") < 0 ? -ENOMEM
												 : 0;
}

static int disk(void *context, uint32_t *major_number, uint32_t *minor_number)
{
	(void)context;
	(void)major_number;
	*minor_number = 0;
	return 0;
}

static int read_file(void *context, const char *path, char **text, size_t *len)
{
	(void)context;
	(void)path;
	*text = malloc(file_len + 1);
	if (!*text)
		return -ENOMEM;
	memcpy(*text, file_text, file_len);
	(*text)[file_len] = '\0';
	*len = file_len;
	return 0;
}

static const char *const environment[] = {"A=1", "HOME=/", NULL};
static const struct value_host host = {NULL, "/cwd", environment, status, children, disk, read_file};

static int read_number(uint8_t which, const char *text, struct error *err)
{
	int64_t number = 77;
	int32_t signal = 77;
	uint64_t size = 77;
	uint32_t files = 77;
	int r;

	switch (which) {
	case 0:
		r = value_integer("x", text, -5, 1000, &number, err);
		CHECK(r < 0 ? number == 77 : number >= -5 && number <= 1000);
		return r;
	case 1:
		r = value_bytes("x", text, true, &number, err);
		CHECK(r < 0 ? number == 77 : number >= -1);
		return r;
	case 2:
		r = value_cpus(text, 4, &number, err);
		CHECK(r < 0 ? number == 77 : number == 0 || (number >= 1000 && number <= 400000));
		return r;
	case 3:
		r = value_signal(text, &signal, err);
		CHECK(r < 0 ? signal == 77 : signal >= 1 && signal <= 64);
		return r;
	default:
		r = value_log_option(text, &size, &files, err);
		CHECK(r == 0 || (size == 77 && files == 77));
		return r;
	}
}

static int read_struct(uint8_t which, const char *text, struct error *err)
{
	struct spec_rlimit limit;
	struct device_rule rule;
	struct device_limit disk_limit;
	struct spec_id_map map;
	struct value_mode mode;
	int r;

	switch (which) {
	case 5:
		r = value_ulimit(text, &limit, err);
		CHECK(r < 0 || limit.soft <= limit.hard);
		return r;
	case 6:
		r = value_device_rule(text, &rule, err);
		CHECK(r < 0 ||
		      (rule.access && rule.major >= -1 && rule.minor >= -1 && strchr("abc", rule.type)));
		return r;
	case 7:
		r = value_device_limit(DEVICE_WRITE_BPS, &host, text, &disk_limit, err);
		CHECK(r < 0 || disk_limit.minor == 0);
		return r;
	case 8:
		r = value_id_map("x", text, &map, err);
		CHECK(r < 0 || (map.size && (uint64_t)map.host_id + map.size <= UINT32_MAX));
		return r;
	default:
		r = value_mode("x", text, 31, &mode, err);
		CHECK(r < 0 || mode.kind != VALUE_MODE_CONTAINER || *mode.container);
		return r;
	}
}

static int read_name(uint8_t which, const char *text, struct error *err)
{
	_cleanup_str_ struct str hosts = {0};
	int r;

	switch (which) {
	case 10:
		r = value_hostname("x", text, err);
		CHECK(r < 0 || strlen(text) <= 64);
		return r;
	case 11:
		return value_address("x", text, err);
	default:
		/* One line, whatever the name. */
		r = value_add_host(text, &hosts, err);
		CHECK(r < 0 || (hosts.len && strchr(hosts.data, '\n') == hosts.data + hosts.len - 1));
		return r;
	}
}

static int read_into_spec(uint8_t which, struct spec *spec, const char *text, struct error *err)
{
	switch (which) {
	case 13:
		return value_volume(spec, &host, text, err);
	case 14:
		return value_mount(spec, &host, text, err);
	case 15:
		return value_tmpfs(spec, text, err);
	case 16:
		return value_device(spec, &host, text, err);
	case 17:
		return value_sysctl(spec, text, err);
	case 18:
		return value_security(spec, &host, text, err);
	case 19:
		return value_env(spec, &spec->process.env, &host, text, err);
	case 20:
		return value_env_file(spec, &spec->process.env, &host, "file", err);
	case 21:
		return value_pair(spec, &spec->annotations, "x", text, err);
	case 22:
		return value_label_file(spec, &spec->annotations, &host, "file", err);
	case 23:
		return value_cgroup_conf(spec, text, err);
	default:
		return value_time_offset(spec, text, err);
	}
}

/* What is taken stands as it must in the spec. */
static void check_spec(const struct spec *spec)
{
	for (size_t i = 0; i < spec->n_mounts; i++)
		CHECK(spec->mounts[i].destination[0] == '/' && spec->mounts[i].source[0]);
	for (size_t i = 0; i < spec->linux_.n_devices; i++)
		CHECK(spec->linux_.devices[i].path[0] == '/');
	for (size_t i = 0; i < spec->process.env.n; i++)
		CHECK(spec->process.env.at[i][0] != '=' && strchr(spec->process.env.at[i], '='));
	for (size_t i = 0; i < spec->annotations.n; i++)
		CHECK(*spec->annotations.at[i].key);
	for (size_t i = 0; i < spec->linux_.limits.n_files; i++)
		CHECK(!strchr(spec->linux_.limits.files[i].file, '/'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	_cleanup_free_ char *text = NULL;
	struct error err = {0};
	uint8_t which;
	int r;

	if (size == 0 || !spec)
		return 0;
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	file_text = text;
	file_len = size - 1;
	which = (uint8_t)((data[0] - 'A') % 25);
	r = which < 5	 ? read_number(which, text, &err)
	    : which < 10 ? read_struct(which, text, &err)
	    : which < 13 ? read_name(which, text, &err)
			 : read_into_spec(which, spec, text, &err);
	CHECK(r == 0 || (r == err.code && *err.cause));
	check_spec(spec);
	return 0;
}
