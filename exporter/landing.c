/* SPDX-License-Identifier: Apache-2.0 */
#include "landing.h"

#include "base/cleanup.h"
#include "base/text.h"

void html_escape(struct str *out, const char *text)
{
	_cleanup_str_ struct str clean = {0};

	text_printable(&clean, slice_of(text));
	for (const char *at = clean.data ? clean.data : ""; *at; at++) {
		switch (*at) {
		case '&':
			str_add(out, "&amp;");
			break;
		case '<':
			str_add(out, "&lt;");
			break;
		case '>':
			str_add(out, "&gt;");
			break;
		case '"':
			str_add(out, "&quot;");
			break;
		case '\'':
			str_add(out, "&#39;");
			break;
		default:
			str_char(out, *at);
		}
	}
}

/* A path as an href: what a URL gives a meaning to is percent-encoded, so that the link leads back to the
 * same path. */
static void href(struct str *out, const char *path)
{
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
		    c == '-' || c == '.' || c == '_' || c == '~')
			str_char(out, (char)c);
		else
			str_printf(out, "%%%02X", c);
	}
}

static void link_to(struct str *out, const char *path, const char *query, const char *text, const char *about)
{
	str_add(out, "<li><a href=\"");
	href(out, path);
	html_escape(out, query);
	str_add(out, "\">");
	html_escape(out, text);
	str_add(out, "</a> ");
	html_escape(out, about);
	str_add(out, "</li>\n");
}

static void collectors(struct str *out, const char *telemetry_path, const struct metric_set *enabled)
{
	bool has[GROUP__COUNT] = {false};

	metric_set_foreach (id, enabled) {
		has[metrics[id].group] = true;
	}
	str_add(out, "<h2>Collectors</h2>\n<ul>\n");
	for (size_t i = 0; i < GROUP__COUNT; i++) {
		_cleanup_str_ struct str query = {0};

		if (!has[i])
			continue;
		str_printf(&query, "?collect[]=%s", metric_groups[i].name);
		link_to(out, telemetry_path, query.data ? query.data : "", metric_groups[i].name,
			metric_groups[i].help);
	}
	str_add(out, "</ul>\n");
}

void landing_page(struct str *out, const char *telemetry_path, const struct metric_set *enabled)
{
	str_add(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<title>Plimsoll exporter</title>\n"
		"<style>body{font-family:system-ui,sans-serif;margin:2em auto;max-width:48em;padding:0 1em;"
		"line-height:1.5;color-scheme:light dark}h1{margin-bottom:0}</style>\n"
		"</head>\n<body>\n<h1>Plimsoll exporter</h1>\n"
		"<p>Version " PLIMSOLL_VERSION ": every container on this host, for Prometheus.</p>\n<ul>\n");
	link_to(out, telemetry_path, "", "Metrics", "all collectors");
	link_to(out, "/-/healthy", "", "Healthy", "whether the server answers");
	link_to(out, "/-/ready", "", "Ready", "whether the last collection succeeded");
	str_add(out, "</ul>\n");
	collectors(out, telemetry_path, enabled);
	str_add(out,
		"<p>Filters: <code>collect[]=COLLECTOR</code>, <code>exclude[]=COLLECTOR</code>, "
		"<code>name[]=GLOB</code> (container name, id or cgroup path); each may be repeated.</p>\n"
		"</body>\n</html>\n");
}
