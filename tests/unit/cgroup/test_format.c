/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/str.h"
#include "cgroup/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* All items of a text as "instance|key|value;": what a test compares. */
static char *items_of(enum file_format format, struct slice text)
{
	_cleanup_str_ struct str out = {0};
	struct format_cursor c;
	struct format_item item;

	memset(&c, 0xA5, sizeof(c));
	format_begin(&c, format, text);
	while (format_next(&c, &item)) {
		str_append(&out, item.instance.at, item.instance.len);
		str_char(&out, '|');
		str_append(&out, item.key.at, item.key.len);
		str_char(&out, '|');
		str_append(&out, item.value.at, item.value.len);
		str_char(&out, ';');
	}
	/* the end stays the end */
	assert_false(format_next(&c, &item));
	return str_steal(&out);
}

static void assert_items(enum file_format format, const char *text, const char *expected)
{
	_cleanup_free_ char *items = items_of(format, slice_of(text));

	assert_non_null(items);
	assert_string_equal(items, expected);
}

static void single(void **state)
{
	(void)state;
	assert_items(FILE_SINGLE, "123\n", "||123;");
	assert_items(FILE_SINGLE, "123", "||123;");
	assert_items(FILE_SINGLE, "max\n", "||max;");
	assert_items(FILE_SINGLE, "1\n2\n", "||1;");
	assert_items(FILE_SINGLE, "", "");
	assert_items(FILE_SINGLE, "\n", "");
}

static void text(void **state)
{
	(void)state;
	assert_items(FILE_TEXT, "0-3,8\n", "||0-3,8;");
	assert_items(FILE_TEXT, "\n", "||;");
	assert_items(FILE_TEXT, "", "||;");
	assert_items(FILE_TEXT, "a *:* rwm\n", "||a *:* rwm;");
	assert_items(FILE_TEXT, "c 1:3 rwm\nc 1:5 rwm\n", "||c 1:3 rwm;");
}

static void flat(void **state)
{
	(void)state;
	assert_items(FILE_FLAT, "anon 1\nfile 22\n", "|anon|1;|file|22;");
	assert_items(FILE_FLAT, "anon 1\nfile 22", "|anon|1;|file|22;");
	assert_items(FILE_FLAT, "cpu user system\n0 1 2\n", "|cpu|user system;|0|1 2;");
	assert_items(FILE_FLAT, "\n\nword\n 5\nanon 1\nlast", "|anon|1;");
	assert_items(FILE_FLAT, "a  1\nb \n", "|a| 1;|b|;");
	assert_items(FILE_FLAT, "a=b.c-d/e\\\"\t\x80 1\n", "|a=b.c-d/e\\\"\t\x80|1;");
	assert_items(FILE_FLAT, "", "");
}

static void nul_bytes_are_characters(void **state)
{
	static const char flat[] = "a\0b 1\0\nc 2\n";
	static const char nested[] = "8:0 r\0b=1\0\n";
	struct format_cursor c;
	struct format_item item;

	(void)state;
	format_begin(&c, FILE_FLAT, (struct slice){flat, sizeof(flat) - 1});
	assert_true(format_next(&c, &item));
	assert_int_equal(item.key.len, 3);
	assert_memory_equal(item.key.at, "a\0b", 3);
	assert_int_equal(item.value.len, 2);
	assert_true(format_next(&c, &item));
	assert_true(slice_is(item.key, "c"));
	format_begin(&c, FILE_NESTED, (struct slice){nested, sizeof(nested) - 1});
	assert_true(format_next(&c, &item));
	assert_memory_equal(item.key.at, "r\0b", 3);
	assert_false(format_next(&c, &item));
}

static void nothing_is_copied(void **state)
{
	static const char stat[] = "anon 4096\n";
	struct format_cursor c;
	struct format_item item;

	(void)state;
	format_begin(&c, FILE_FLAT, slice_of(stat));
	assert_true(format_next(&c, &item));
	assert_ptr_equal(item.key.at, stat);
	assert_ptr_equal(item.value.at, stat + 5);
}

static void an_empty_slice_needs_no_address(void **state)
{
	(void)state;
	for (enum file_format f = FILE_SINGLE; f <= FILE_LINES; f++) {
		_cleanup_free_ char *items = items_of(f, (struct slice){0});

		assert_string_equal(items, f == FILE_TEXT ? "||;" : "");
	}
}

static void flat_names(void **state)
{
	(void)state;
	assert_items(FILE_FLAT_NAMES, "sev 3\nsev_es max\n", "sev||3;sev_es||max;");
	assert_items(FILE_FLAT_NAMES, "drm/0000:03:00.0/vram0 8650752\n", "drm/0000:03:00.0/vram0||8650752;");
	assert_items(FILE_FLAT_NAMES, "word\n", "");
}

static void pair(void **state)
{
	(void)state;
	assert_items(FILE_PAIR, "max 100000\n", "|0|max;|1|100000;");
	assert_items(FILE_PAIR, "1 2 3 \n4 5\n", "|0|1;|1|2;|2|3;");
	assert_items(FILE_PAIR, "7", "|0|7;");
	assert_items(FILE_PAIR, "\n", "");
	assert_items(FILE_PAIR, "1 1 1 1 1 1 1 1 1 1 1\n",
		     "|0|1;|1|1;|2|1;|3|1;|4|1;|5|1;|6|1;|7|1;|8|1;|9|1;|10|1;");
}

static void nested(void **state)
{
	(void)state;
	assert_items(FILE_NESTED, "8:0 rbytes=1 wbytes=2\n254:0 rbytes=3\n",
		     "8:0|rbytes|1;8:0|wbytes|2;254:0|rbytes|3;");
	assert_items(FILE_NESTED,
		     "mlx4_0 hca_handle=max hca_object=", "mlx4_0|hca_handle|max;mlx4_0|hca_object|;");
	/* a device without figures, a line that was not ended, figures of nobody, no key */
	assert_items(FILE_NESTED, "8:0 \n", "");
	assert_items(FILE_NESTED, "7:7 7:6 7:5 rbytes=1\n8:0", "7:5|rbytes|1;");
	assert_items(FILE_NESTED, "rbytes=1\n8:0 =1 wbytes=2\n", "8:0|wbytes|2;");
	assert_items(FILE_NESTED, "8:0 a=b=c\n", "8:0|a|b=c;");
	assert_items(FILE_NESTED, "(unknown) rbytes=1\n8:0 rbytes=2\n", "8:0|rbytes|2;");
	assert_items(FILE_NESTED, "11:2 rios=3 [NONE] dispatched=0 [RT] dispatched=1\n8:0 rios=4\n",
		     "11:2|rios|3;8:0|rios|4;");
}

static void pressure(void **state)
{
	(void)state;
	assert_items(FILE_PRESSURE,
		     "some avg10=2.49 avg60=1.43 avg300=0.60 total=13244809\nfull avg10=0.00 avg60=0.00 "
		     "avg300=0.00 total=0\n",
		     "|some avg10|2.49;|some avg60|1.43;|some avg300|0.60;|some total|13244809;"
		     "|full avg10|0.00;|full avg60|0.00;|full avg300|0.00;|full total|0;");
	assert_items(FILE_PRESSURE, "full total=5", "|full total|5;");
	assert_items(FILE_PRESSURE, "avg10=1\nsome\n=1\nsome =1\n", "");
	/* too long to be put together: left out, and the rest goes on */
	assert_items(FILE_PRESSURE,
		     "some aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1 total=2\n"
		     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb total=3\nfull "
		     "total=4\n",
		     "|some total|2;|full total|4;");
}

/* A line only for devices that have a limit. */
static void limits_of_devices(void **state)
{
	(void)state;
	assert_int_equal(file_format_of(2, "io.max"), FILE_NESTED);
	assert_items(FILE_NESTED, "8:16 rbps=2097152 wbps=max riops=max wiops=120\n254:0 rbps=max\n",
		     "8:16|rbps|2097152;8:16|wbps|max;8:16|riops|max;8:16|wiops|120;254:0|rbps|max;");
	assert_items(FILE_NESTED, "", "");
	assert_int_equal(file_format_of(1, "blkio.throttle.read_bps_device"), FILE_FLAT_NAMES);
	assert_int_equal(file_format_of(1, "blkio.throttle.write_iops_device"), FILE_FLAT_NAMES);
	assert_items(FILE_FLAT_NAMES, "8:0 1048576\n254:0 5\n", "8:0||1048576;254:0||5;");
}

static void blkio(void **state)
{
	(void)state;
	assert_items(FILE_BLKIO, "8:0 Read 1\n8:0 Write 2\n8:0 Total 3\nTotal 3\n",
		     "8:0|Read|1;8:0|Write|2;8:0|Total|3;");
	assert_items(FILE_BLKIO, "Total 0\n", "");
	assert_items(FILE_BLKIO, "(unknown) Read 5\n8:0 Read 1", "8:0|Read|1;");
}

static void weight(void **state)
{
	(void)state;
	assert_items(FILE_WEIGHT, "default 100\n8:16 200\n8:0 50\n",
		     "|default|100;||100;8:16|weight|200;8:0|weight|50;");
	assert_items(FILE_WEIGHT, "100\n", "|default|100;||100;");
	assert_items(FILE_WEIGHT, "\ndefault\ndefault \n", "");
	assert_items(FILE_WEIGHT, "100 \n", "|default|100;||100;");
	assert_items(FILE_WEIGHT, "default 7", "|default|7;||7;");
}

static void numa(void **state)
{
	(void)state;
	assert_items(FILE_NUMA_V2, "anon N0=1 N1=2\nfile N0=3\n", "0|anon|1;1|anon|2;0|file|3;");
	assert_items(FILE_NUMA_V1, "total=4545 N0=4545\nhierarchical_file=7 N0=3 N12=4\n",
		     "0|total|4545;0|hierarchical_file|3;12|hierarchical_file|4;");
	assert_items(FILE_NUMA_V1, "total=0 N0=0 hierarchical_total=1 N0=1\n",
		     "0|total|0;0|hierarchical_total|1;");
	assert_items(FILE_NUMA_V2, "N0=1\nanon N=1 Nx=2 N0x=3\nanon\n", "");
}

#define HEADINGS                                                                                             \
	"Inter-|   Receive                                                |  Transmit\n"                     \
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo " \
	"colls "                                                                                             \
	"carrier compressed\n"

static void net_dev(void **state)
{
	(void)state;
	assert_items(
		FILE_NET_DEV, HEADINGS "  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
		"eth0|rx_bytes|1;eth0|rx_packets|2;eth0|rx_errs|3;eth0|rx_drop|4;eth0|rx_fifo|5;eth0|rx_"
		"frame|6;"
		"eth0|rx_compressed|7;eth0|rx_multicast|8;eth0|tx_bytes|9;eth0|tx_packets|10;eth0|tx_errs|11;"
		"eth0|tx_drop|12;eth0|tx_fifo|13;eth0|tx_colls|14;eth0|tx_carrier|15;eth0|tx_compressed|16;");
	assert_items(FILE_NET_DEV, HEADINGS, "");
	/* no space behind the colon, a colon in the name, cut short, more columns than are known, no name */
	assert_items(FILE_NET_DEV, "eth0:4711 1\n", "eth0|rx_bytes|4711;eth0|rx_packets|1;");
	assert_items(FILE_NET_DEV, "eth0:1: 5\n", "eth0:1|rx_bytes|5;");
	assert_items(FILE_NET_DEV, "a: 1\nb:\nc: 2", "a|rx_bytes|1;c|rx_bytes|2;");
	assert_items(FILE_NET_DEV, ": 1\n\n  \n", "");
	{
		_cleanup_free_ char *items =
			items_of(FILE_NET_DEV, slice_of("x: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 99 99\ny: 3\n"));

		assert_null(strstr(items, "99"));
		assert_non_null(strstr(items, "x|tx_compressed|1;y|rx_bytes|3;"));
	}
}

#define TCP_HEADING \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
#define TCP_LINE(state) \
	"   0: 0100007F:07E8 00000000:0000 " state " 00000000:00000000 00:00000000 00000000 0 0 1653\n"

static void tcp(void **state)
{
	(void)state;
	assert_items(FILE_TCP, TCP_HEADING,
		     "|established|0;|synsent|0;|synrecv|0;|finwait1|0;|finwait2|0;|timewait|0;|close|0;|"
		     "closewait|0;"
		     "|lastack|0;|listen|0;|closing|0;");
	assert_items(FILE_TCP,
		     TCP_HEADING TCP_LINE("01") TCP_LINE("01") TCP_LINE("0A") TCP_LINE("0C") TCP_LINE("03")
			     TCP_LINE("0B") TCP_LINE("06") TCP_LINE("00") TCP_LINE("0D") TCP_LINE("xx"),
		     "|established|2;|synsent|0;|synrecv|2;|finwait1|0;|finwait2|0;|timewait|1;|close|0;|"
		     "closewait|0;"
		     "|lastack|0;|listen|1;|closing|1;");
}

static void every_tcp_state_has_its_place(void **state)
{
	static const char *const names[] = {"established", "synsent",  "synrecv", "finwait1",
					    "finwait2",	   "timewait", "close",	  "closewait",
					    "lastack",	   "listen",   "closing"};
	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		char line[128];
		char expected[32];

		snprintf(line, sizeof(line), "0: 0:0 0:0 %02X 0:0\n", i + 1);
		snprintf(expected, sizeof(expected), "|%s|1;", names[i]);
		_cleanup_free_ char *items = items_of(FILE_TCP, slice_of(line));
		assert_non_null(strstr(items, expected));
	}
}

#define UDP_HEADING                                                                                          \
	"   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode " \
	"ref pointer drops\n"
#define UDP_LINE(state, tx, rx, drops)                            \
	"  123: 00000000:0044 00000000:0000 " state " " tx ":" rx \
	" 00:00000000 00000000 0 0 15000 2 00000000a9 " drops "  \n"

static void udp(void **state)
{
	(void)state;
	assert_items(FILE_UDP, UDP_HEADING, "|listen|0;|dropped|0;|rxqueued|0;|txqueued|0;");
	assert_items(FILE_UDP,
		     UDP_HEADING UDP_LINE("07", "00000010", "00000200", "5")
			     UDP_LINE("01", "00000001", "0000000f", "7"),
		     "|listen|1;|dropped|12;|rxqueued|527;|txqueued|17;");
	/* a line that is not whole counts for nothing */
	assert_items(FILE_UDP,
		     UDP_HEADING "  1: 0:0 0:0 07 00000010\n  2: 0:0 0:0 07 1:g 5\n  3: 0:0 0:0 07 1:1 x\n",
		     "|listen|0;|dropped|0;|rxqueued|0;|txqueued|0;");
}

static void lines(void **state)
{
	(void)state;
	assert_items(FILE_LINES, "1\n22\n\n333", "||1;||22;||333;");
	assert_items(FILE_LINES, "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single),
		cmocka_unit_test(text),
		cmocka_unit_test(flat),
		cmocka_unit_test(nul_bytes_are_characters),
		cmocka_unit_test(nothing_is_copied),
		cmocka_unit_test(an_empty_slice_needs_no_address),
		cmocka_unit_test(flat_names),
		cmocka_unit_test(pair),
		cmocka_unit_test(nested),
		cmocka_unit_test(pressure),
		cmocka_unit_test(limits_of_devices),
		cmocka_unit_test(blkio),
		cmocka_unit_test(weight),
		cmocka_unit_test(numa),
		cmocka_unit_test(net_dev),
		cmocka_unit_test(tcp),
		cmocka_unit_test(every_tcp_state_has_its_place),
		cmocka_unit_test(udp),
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
