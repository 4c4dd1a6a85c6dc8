/* SPDX-License-Identifier: Apache-2.0 */
/* /etc/hosts, /etc/resolv.conf and /etc/hostname of the container: only where a flag asks for one; else it
 * has those of its root. */
#include "run_spec.h"

#include "base/parse.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char loopback[] = "127.0.0.1\tlocalhost\n"
			       "::1\tlocalhost ip6-localhost ip6-loopback\n"
			       "fe00::\tip6-localnet\n"
			       "ff00::\tip6-mcastprefix\n"
			       "ff02::1\tip6-allnodes\n"
			       "ff02::2\tip6-allrouters\n";

/* The host's own file where the network is the host's, too; "" where there is none. */
static int host_file(const struct run_facts *facts, const char *path, char **text, struct error *err)
{
	size_t len;
	int r = facts->files->read(facts->files->context, path, text, &len);

	if (r == -ENOENT)
		return 0;
	return r < 0 ? error_errno(err, r, "", "cannot read the host's %s", path) : 0;
}

static int make_hosts(const struct run_settings *s, const struct run_facts *facts, const struct spec *spec,
		      struct str *out, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = 0;

	if (spec->linux_.namespaces[SPEC_NS_NETWORK].how == SPEC_NS_HOST)
		r = host_file(facts, "/etc/hosts", &text, err);
	if (r < 0)
		return r;
	str_add(out, text ? text : loopback);
	if (out->len && out->data[out->len - 1] != '\n')
		str_char(out, '\n');
	for (size_t i = 0; r == 0 && i < s->add_host.n; i++)
		r = value_add_host(s->add_host.items[i], out, err);
	return r;
}

/* The lines of the host's file that begin with the keyword stay, unless flags say others. */
static void keep_lines(struct slice text, const char *keyword, struct str *out)
{
	size_t len = strlen(keyword);
	struct slice line;

	while (next_line(&text, &line)) {
		if (line.len > len && memcmp(line.at, keyword, len) == 0 &&
		    (line.at[len] == ' ' || line.at[len] == '\t'))
			str_printf(out, "%.*s\n", (int)line.len, line.at);
	}
}

static int check_word(const char *flag, const char *word, struct error *err)
{
	for (const char *at = word; *at; at++)
		if ((unsigned char)*at <= ' ' || *at == 0x7F)
			return error_set(err, -EINVAL, "give each by a flag of its own",
					 "'--%s' cannot be '%s': it has a space", flag, word);
	return 0;
}

static int add_words(const char *keyword, const char *flag, const struct text_list *a,
		     const struct text_list *b, struct slice host, struct str *out, struct error *err)
{
	if (a->n + (b ? b->n : 0) == 0) {
		keep_lines(host, keyword, out);
		return 0;
	}
	if (a->n == 1 && strcmp(a->items[0], ".") == 0 && strcmp(keyword, "search") == 0)
		return 0;
	str_add(out, keyword);
	for (size_t i = 0; i < a->n + (b ? b->n : 0); i++) {
		const char *word = i < a->n ? a->items[i] : b->items[i - a->n];

		if (check_word(flag, word, err) < 0)
			return -EINVAL;
		str_printf(out, " %s", word);
	}
	str_char(out, '\n');
	return 0;
}

static int make_resolv_conf(const struct run_settings *s, const struct run_facts *facts, struct str *out,
			    struct error *err)
{
	_cleanup_free_ char *text = NULL;
	struct slice host;
	int r = host_file(facts, "/etc/resolv.conf", &text, err);

	if (r < 0)
		return r;
	host = slice_of(text ? text : "");
	for (size_t i = 0; i < s->dns.n; i++) {
		r = value_address("dns", s->dns.items[i], err);
		if (r < 0)
			return r;
		str_printf(out, "nameserver %s\n", s->dns.items[i]);
	}
	if (s->dns.n == 0)
		keep_lines(host, "nameserver", out);
	r = add_words("search", "dns-search", &s->dns_search, NULL, host, out, err);
	if (r == 0)
		r = add_words("options", "dns-option", &s->dns_options, &s->dns_opts, host, out, err);
	if (r == 0 && out->len == 0)
		str_char(out, '\n');
	return r;
}

static int bind_file(const struct run_facts *facts, struct spec *spec, const char *name,
		     const char *destination, const struct str *text, struct error *err)
{
	const char *source = spec_printf(spec, "%s/%s", facts->folder, name);

	if (text->failed || !source || !spec_mount_push(spec, destination, "bind", source, "bind,rprivate"))
		return run_no_memory(err);
	return 0;
}

/* In a root of somebody else's an ordinary user makes no files: the kernel's host name has to do there. */
static bool has_place_for_hostname(const struct run_facts *facts)
{
	return !facts->host->rootless || faccessat(facts->rootfs, "etc/hostname", F_OK, 0) == 0 ||
	       faccessat(facts->rootfs, "etc", W_OK, 0) == 0;
}

int run_etc(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
	    struct run_files *files, struct error *err)
{
	int r = 0;

	if (s->add_host.n) {
		r = make_hosts(s, facts, spec, &files->hosts, err);
		if (r == 0)
			r = bind_file(facts, spec, "hosts", "/etc/hosts", &files->hosts, err);
	}
	if (r == 0 && (s->dns.n || s->dns_search.n || s->dns_options.n || s->dns_opts.n)) {
		r = make_resolv_conf(s, facts, &files->resolv_conf, err);
		if (r == 0)
			r = bind_file(facts, spec, "resolv.conf", "/etc/resolv.conf", &files->resolv_conf,
				      err);
	}
	if (r == 0 && s->hostname && has_place_for_hostname(facts)) {
		str_printf(&files->hostname, "%s\n", s->hostname);
		r = bind_file(facts, spec, "hostname", "/etc/hostname", &files->hostname, err);
	}
	return r;
}
