# SPDX-License-Identifier: Apache-2.0
"""The web-config file at work: passwords, rates, headers, and what happens when it changes."""
import base64
import threading
import time

from http_lib import Folder, METRICS, Reply, Server, lib, one_reply, read_to_end, request, run, settle


def basic(user, password):
    return ["Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()]


def bcrypt(password, cost=5):
    lib.need("htpasswd")
    done = run("htpasswd", "-nbBC", cost, "", password)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().lstrip(":")


def write(path, text):
    settle()
    path.write_text(text)


def users(**passwords):
    return "basic_auth_users:\n" + "".join(f"  {user}: {hashed}\n" for user, hashed in passwords.items())


def test_passwords():
    with Folder() as folder:
        config = folder / "web.yml"
        # A hash of Go's or Python's libraries differs from htpasswd's in the version's letter.
        long = "x" * 72
        config.write_text(users(alice=bcrypt("wonder"), bob=bcrypt("b:u:i").replace("$2y$", "$2a$"),
                                eve=bcrypt("").replace("$2y$", "$2b$"), long=bcrypt(long)))
        with Server("-c", config) as server:
            reply = server.ask()
            assert reply.status == 401 and reply.headers["www-authenticate"].startswith("Basic ")
            for user, password in (("alice", "wonder"), ("bob", "b:u:i"), ("eve", ""), ("long", long)):
                for _ in range(2):
                    assert server.ask(headers=basic(user, password)).status == 200, user
            for user, password in (("alice", "Wonder"), ("alice", ""), ("bob", "wonder"), ("mallory", "wonder"),
                                   ("", "wonder"), ("alice", "wonder\0x"), ("alice\0", "wonder"), ("eve", "x")):
                for _ in range(2):
                    assert server.ask(headers=basic(user, password)).status == 401, (user, password)
            for header in ("Basic", "Basic ", "Basic !!!!", "Basic YQ==", "Bearer abc", "basic", "Basic YTpiYzpk="):
                assert server.ask(headers=["Authorization: " + header]).status == 401, header
            assert server.ask(headers=[basic("alice", "wonder")[0].replace("Basic", "bAsIc ")]).status == 200
            # Everything is behind the password, whether or not it is there.
            for path in ("/", "/-/healthy", "/nothing"):
                assert server.ask(path).status == 401
                assert server.ask(path, headers=basic("alice", "wonder")).status == (404 if path == "/nothing" else 200)


def timed(server, headers):
    start = time.monotonic()
    status = server.ask("/-/healthy", headers=headers).status
    return status, time.monotonic() - start


def test_verdicts_are_remembered_and_unknown_users_take_as_long():
    with Folder() as folder:
        config = folder / "web.yml"
        config.write_text(users(alice=bcrypt("wonder", 11)))
        with Server("-c", config) as server:
            first = timed(server, basic("alice", "wonder"))
            again = min(timed(server, basic("alice", "wonder")) for _ in range(3))
            wrong = min(timed(server, basic("alice", f"wrong{i}"))[1] for i in range(3))
            unknown = min(timed(server, basic(f"user{i}", "wonder"))[1] for i in range(3))
            assert first[0] == again[0] == 200
            assert again[1] < first[1] / 5, (first, again)
            assert 0.6 < unknown / wrong < 1.6, (unknown, wrong)


def test_a_flood_of_wrong_passwords_starves_nobody():
    with Folder() as folder:
        config = folder / "web.yml"
        config.write_text(users(alice=bcrypt("wonder", 11), bob=bcrypt("builder", 11)))
        with Server("-c", config) as server:
            assert server.ask(headers=basic("alice", "wonder")).status == 200
            statuses = []
            stop = threading.Event()

            def flood(number):
                for i in range(100):
                    if stop.is_set():
                        break
                    statuses.append(server.ask(headers=basic("alice", f"{number}-{i}")).status)

            threads = [threading.Thread(target=flood, args=(n,)) for n in range(40)]
            for thread in threads:
                thread.start()
            try:
                lib.wait_for(lambda: 503 in statuses, "a full queue")
                # One whose password is known goes on as ever; a new one comes from another host, and waits its turn.
                status, seconds = timed(server, basic("alice", "wonder"))
                assert status == 200 and seconds < 2, (status, seconds)
                assert server.ask(headers=basic("bob", "builder"), source="127.0.0.2").status == 200
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
            assert set(statuses) == {401, 503}


def test_many_with_the_same_new_password_share_one_comparison():
    with Folder() as folder:
        config = folder / "web.yml"
        config.write_text(users(alice=bcrypt("wonder", 12)))
        with Server("-c", config, "-i", 60000) as server:
            single = timed(server, basic("alice", "else"))[1]
            start = time.monotonic()
            got = []
            threads = [threading.Thread(target=lambda: got.append(server.ask(headers=basic("alice", "wonder")).status))
                       for _ in range(30)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert got == [200] * 30
            assert time.monotonic() - start < single * 4 + 1


def test_stopping_while_comparisons_wait():
    with Folder() as folder:
        config = folder / "web.yml"
        # This one takes hours: it must be broken off.
        config.write_text(users(alice=bcrypt("wonder", 5).replace("$05$", "$24$"), bob=bcrypt("builder")))
        with Server("-c", config) as server:
            clients = [server.connect() for _ in range(6)]
            for i, client in enumerate(clients):
                client.sendall(request(METRICS, basic("alice", f"wrong{i}")))
            # A client that leaves meanwhile is no trouble either.
            clients.pop().close()
            start = time.monotonic()
        assert time.monotonic() - start < 10
        for client in clients:
            client.close()


def test_rate_limit():
    with Folder() as folder:
        config = folder / "web.yml"
        config.write_text("rate_limit: {interval: 1h, burst: 3}\n")
        with Server("-c", config) as server:
            replies = [server.ask("/-/healthy") for _ in range(5)]
            assert [r.status for r in replies] == [200, 200, 200, 429, 429]
            assert 3000 < int(replies[4].headers["retry-after"]) <= 3600
        config.write_text("rate_limit: {interval: 20ms, burst: 1}\n")
        with Server("-c", config) as server:
            assert server.ask("/-/healthy").status == 200
            lib.wait_for(lambda: server.ask("/-/healthy").status == 200, "a new token")


def test_headers():
    with Folder() as folder:
        config = folder / "web.yml"
        config.write_text("""
http_server_config:
  http2: false
  headers:
    Content-Security-Policy: default-src 'self'
    X-Frame-Options: deny
    X-Content-Type-Options: nosniff
    Strict-Transport-Security: "max-age=1\\r\\nEvil: yes"
    X-XSS-Protection: 1
""")
        with Server("-c", config) as server:
            for path in (METRICS, "/", "/nothing"):
                headers = server.ask(path).headers  # a header that is there twice is noticed
                assert headers["content-security-policy"] == "default-src 'self'"
                assert headers["x-frame-options"] == "deny" and headers["x-xss-protection"] == "1"
                assert headers["x-content-type-options"] == "nosniff"
                assert headers["strict-transport-security"] == "max-age=1  Evil: yes" and "evil" not in headers


def test_a_changed_file_is_taken_and_a_broken_one_is_not():
    with Folder() as folder:
        config = folder / "web.yml"
        config.write_text(users(alice=bcrypt("wonder")))
        with Server("-c", config) as server:
            old, new = basic("alice", "wonder"), basic("alice", "glass")
            assert server.ask(headers=old).status == 200
            write(config, users(alice=bcrypt("glass")))
            lib.wait_for(lambda: server.ask(headers=new).status == 200, "the new password")
            assert server.ask(headers=old).status == 401
            write(config, "basic_auth_users: [broken\n")
            lib.wait_for(lambda: server.ask(headers=new) and "is not used" in server.log(), "the error to be logged")
            assert server.ask(headers=new).status == 200
            time.sleep(1.2)  # longer than it waits between two looks
            assert server.ask(headers=new).status == 200
            assert server.log().count("is not used") == 1, server.log()
            assert 'line 2' in server.log() or 'line 1' in server.log()
            text = server.ask(headers=new).text
            assert "plimsoll_web_config_reload_success 0" in text and "plimsoll_web_config_reloads_total 1" in text
            config.unlink()
            lib.wait_for(lambda: server.ask(headers=new) and server.log().count("is not used") == 2, "the loss to be logged")
            assert server.ask(headers=new).status == 200
            write(config, "{}\n")
            lib.wait_for(lambda: server.ask().status == 200, "the file without users")
            assert "plimsoll_web_config_reload_success 1" in server.ask().text


def test_a_change_holds_for_connections_that_are_open():
    with Folder() as folder:
        config = folder / "web.yml"
        config.write_text("{}\n")
        with Server("-c", config) as server, server.connect() as client:
            def status():
                client.sendall(request("/-/healthy"))
                return one_reply(client).status

            assert status() == 200
            write(config, users(alice=bcrypt("wonder")))
            lib.wait_for(lambda: status() == 401, "the password to be asked for")


def test_password_while_the_users_change():
    """A comparison under way counts for nothing once the users changed."""
    with Folder() as folder:
        config = folder / "web.yml"
        config.write_text(users(alice=bcrypt("wonder", 13)))
        with Server("-c", config) as server, server.connect() as client:
            time.sleep(1.1)  # so that the next request makes it look
            client.sendall(request("/-/healthy", ["Connection: close", *basic("alice", "wonder")]))
            write(config, users(alice=bcrypt("glass", 5)))
            lib.wait_for(lambda: server.ask("/-/healthy", headers=basic("alice", "glass")).status == 200, "the change")
            assert Reply(read_to_end(client)).status in (200, 401)
            assert server.ask("/-/healthy", headers=basic("alice", "wonder")).status == 401


def test_web_config_errors_end_the_start():
    with Folder() as folder:
        for text, words in (("nonsense: 1\n", "unknown key 'nonsense'"), ("tls_server_config: {cert_file: x}\n", "key_file"),
                            ("basic_auth_users: {a: b}\n", "too short"), ("[", "line 2")):
            config = folder / "web.yml"
            config.write_text(text)
            try:
                Server("-c", config).stop()
            except AssertionError as problem:
                assert words in str(problem) and str(config) in str(problem), problem
            else:
                raise AssertionError(f"started with {text!r}")


lib.main(globals())
