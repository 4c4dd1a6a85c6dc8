/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "runtime/fake_value_host.h"

typedef int (*reader)(struct spec *spec, const struct value_host *host, const char *text, struct error *err);

static int read_tmpfs(struct spec *spec, const struct value_host *host, const char *text, struct error *err)
{
	(void)host;
	return value_tmpfs(spec, text, err);
}

/* "type source destination options" of what the text makes, or what refuses it. */
static char *result(reader read, const char *text)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	struct str out = {0};
	struct error err;
	int r = read(spec, &fake_host, text, &err);

	if (r < 0) {
		assert_int_equal(err.code, r);
		assert_int_equal(spec->n_mounts, 0);
		str_printf(&out, "%d %s; %s", -r, err.cause, err.remedy);
		return str_steal(&out);
	}
	assert_int_equal(spec->n_mounts, 1);
	str_printf(&out, "%s %s %s ", spec->mounts[0].type, spec->mounts[0].source,
		   spec->mounts[0].destination);
	for (size_t i = 0; i < spec->mounts[0].options.n; i++)
		str_printf(&out, "%s%s", i ? "," : "", spec->mounts[0].options.at[i]);
	return str_steal(&out);
}

struct row {
	const char *text;
	const char *made;    /* the whole, or */
	const char *refused; /* a word of why not */
};

static void check(reader read, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *got = result(read, rows[i].text);

		if (rows[i].made ? strcmp(got, rows[i].made) != 0
				 : !strstr(got, rows[i].refused) || got[0] > '9')
			fail_msg("%s: %s", rows[i].text, got);
	}
}

static void volumes(void **state)
{
	static const struct row rows[] = {
		{"/src:/dst", "bind /src /dst rbind,rprivate", NULL},
		{"/src/file:/dst:ro", "bind /src/file /dst rbind,rprivate,rro", NULL},
		{"/src:/dst:ro,rw", "bind /src /dst rbind,rprivate", NULL},
		{"/src:/dst:rslave,ro", "bind /src /dst rbind,rslave,rro", NULL},
		{"./here:/dst", "bind /home/me/./here /dst rbind,rprivate", NULL},
		{"/missing:/dst", NULL, "make it first"},
		{"name:/dst", NULL, "named volume"},
		{"/dst", NULL, "later version"},
		{"/src:dst", NULL, "no absolute path"},
		{"/src:/", NULL, "root"},
		{"/src:/./", NULL, "root"},
		{"/src:/..", NULL, "root"},
		{"/src:/dst:Z", NULL, "SELinux"},
		{"/src:/dst:nocopy", NULL, "nocopy"},
		{"/src:/dst:ro:rw", NULL, "cannot be"},
		{":/dst", NULL, "cannot be"},
		{"/src:", NULL, "cannot be"},
		{"", NULL, "volume"},
	};

	(void)state;
	check(value_volume, rows, ARRAY_SIZE(rows));
}

static void tmpfs(void **state)
{
	static const struct row rows[] = {
		{"/tmp", "tmpfs tmpfs /tmp nosuid,nodev,noexec", NULL},
		{"/tmp:size=64m,mode=1777", "tmpfs tmpfs /tmp nosuid,nodev,noexec,size=67108864,mode=1777",
		 NULL},
		{"/tmp:exec,suid,dev", "tmpfs tmpfs /tmp ", NULL},
		{"/tmp:exec,suid,dev,uid=1", "tmpfs tmpfs /tmp uid=1", NULL},
		{"/tmp:ro,size=50%", "tmpfs tmpfs /tmp nosuid,nodev,noexec,ro,size=50%", NULL},
		{"/tmp:size=", NULL, "cannot have"},
		{"/tmp:size=200%", NULL, "cannot have"},
		{"/tmp:mode=rw", NULL, "cannot have"},
		{"/tmp:huge=always", NULL, "no option"},
		{"tmp", NULL, "absolute"},
		{"/", NULL, "root"},
	};

	(void)state;
	check(read_tmpfs, rows, ARRAY_SIZE(rows));
}

static void mounts(void **state)
{
	static const struct row rows[] = {
		{"type=bind,source=/src,target=/dst", "bind /src /dst rbind,rprivate", NULL},
		{"type=bind,src=/src,dst=/dst,readonly", "bind /src /dst rbind,rprivate,rro", NULL},
		{"type=bind,src=/src,dst=/dst,ro=false", "bind /src /dst rbind,rprivate", NULL},
		{"type=bind,src=/src,dst=/dst,bind-recursive=disabled,ro", "bind /src /dst bind,rprivate,ro",
		 NULL},
		{"type=bind,src=/src,dst=/dst,bind-nonrecursive", "bind /src /dst bind,rprivate", NULL},
		{"type=bind,src=/src,dst=/dst,bind-recursive=writable,ro", "bind /src /dst rbind,rprivate,ro",
		 NULL},
		{"type=bind,src=/src,dst=/dst,bind-propagation=rshared", "bind /src /dst rbind,rshared",
		 NULL},
		{"type=bind,src=/src,\"dst=/a,b\"", "bind /src /a,b rbind,rprivate", NULL},
		{"type=bind,src=/src,\"dst=/a\"\"b\"", "bind /src /a\"b rbind,rprivate", NULL},
		{"type=tmpfs,dst=/t,tmpfs-size=1k,tmpfs-mode=700",
		 "tmpfs tmpfs /t nosuid,nodev,noexec,size=1024,mode=700", NULL},
		{"type=tmpfs,dst=/t,ro", "tmpfs tmpfs /t nosuid,nodev,noexec,ro", NULL},
		{"type=tmpfs,dst=/t,src=/src", NULL, "no source"},
		{"type=tmpfs,dst=/t,tmpfs-size=1k,tmpfs-mode=9", NULL, "mode=9"},
		{"type=volume,src=x,dst=/t", NULL, "later version"},
		{"src=x,dst=/t", NULL, "without a type"},
		{"type=npipe,dst=/t", NULL, "npipe"},
		{"type=bind,dst=/t", NULL, "no source"},
		{"type=bind,src=/src", NULL, "no target"},
		{"type=bind,src=/src,dst=/t,bind-recursive=readonly", NULL, "needs readonly"},
		{"type=bind,src=/src,dst=/t,ro,bind-recursive=readonly,bind-propagation=rslave", NULL,
		 "rprivate"},
		{"type=bind,src=/src,dst=/t,bind-recursive=maybe", NULL, "maybe"},
		{"type=bind,src=/src,dst=/t,volume-nocopy", NULL, "later version"},
		{"type=bind,src=/src,dst=/t,consistency=cached", NULL, "consistency"},
		{"type=bind,src=/src,dst=/t,tmpfs-size=1", NULL, "tmpfs-"},
		{"type=bind,src=/src,dst=/t,color=red", NULL, "color"},
		{"type=bind,\"src=/src", NULL, "quotation"},
		{"", NULL, "fields"},
	};

	(void)state;
	check(value_mount, rows, ARRAY_SIZE(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(volumes),
		cmocka_unit_test(tmpfs),
		cmocka_unit_test(mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
