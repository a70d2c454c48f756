"""A homeserver that is the reference, but for what a trick does on the way."""

import http.client
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.parse

NAMES = {
    "state": "org.matrix.msc0000.is_disabled",
    "link": "org.matrix.msc0000.device_id",
    "settings": "org.matrix.msc0000.notification_settings.",
}


class Request:
    """What a client asked for."""

    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        split = urllib.parse.urlsplit(target)
        self.path, self.query = split.path, urllib.parse.parse_qs(split.query)
        self.token = headers.get("Authorization", "").removeprefix("Bearer ")

    def json(self):
        try:
            body = json.loads(self.body)
            return body if isinstance(body, dict) else {}
        except ValueError:
            return {}

    def is_(self, method, end):
        return self.method == method and self.path.endswith(end)


class Server:
    """The reference, and what is known of those who ask it."""

    def __init__(self, trick, serve=()):
        self.trick = trick
        self.users, self.tokens, self.settings = {}, {}, {}
        self.reference = subprocess.Popen(
            [os.environ["PUSHPROOF"], "serve", "--listen", "127.0.0.1:0", *serve], stdout=subprocess.PIPE, text=True)
        self.address = urllib.parse.urlsplit(self.reference.stdout.readline().split()[1]).netloc

    def ask(self, method, target, body=b"", token=None, headers=None):
        """The reference's answer: its status and its body."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = dict(headers or {"Content-Type": "application/json"})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection(self.address, timeout=300)
        try:
            connection.request(method, target, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def later(self, seconds, does, *args):
        timer = threading.Timer(seconds, does, args)
        timer.daemon = True
        timer.start()

    def note(self, request, status, body):
        """Remembers who has which token, and which settings events were written."""
        if status != 200:
            return
        if request.is_("POST", "/register") or request.is_("POST", "/login"):
            answer = json.loads(body)
            if "access_token" in answer:
                token = answer["access_token"]
                self.users[token] = (answer["user_id"], answer["device_id"])
                self.tokens.setdefault(answer["user_id"], []).append(token)
        kind = urllib.parse.unquote(request.path.rsplit("/", 1)[-1])
        if request.method == "PUT" and kind.startswith(NAMES["settings"]):
            self.settings[request.path] = (request.token, request.body)

    def answer(self, request):
        answered = self.trick(self, request)
        if answered is None:
            answered = self.ask(request.method, request.target, request.body, headers=request.headers)
        status, body = answered
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.note(request, status, body)
        return status, body

    def passed(self, request):
        """What the reference answers, for a trick that changes it."""
        status, body = self.ask(request.method, request.target, request.body, headers=request.headers)
        return status, json.loads(body)


def error(status, errcode, message):
    return status, {"errcode": errcode, "error": message}


def handler(server):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            keep = {"authorization", "content-type"}
            headers = {name.title(): value for name, value in self.headers.items() if name.lower() in keep}
            try:
                status, answer = server.answer(Request(self.command, self.path, headers, body))
            except (OSError, http.client.HTTPException):
                status, answer = 502, b'{"errcode": "M_UNKNOWN", "error": "the reference is gone"}'
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = handle_one

        def log_message(self, *args):
            pass

        def handle(self):
            try:
                super().handle()
            except OSError:
                pass

    return Handler


def play(tricks):
    """Serves the trick that the command line names, and runs pushproof with the words that follow, in which `@url` and
    `@address` are where it is served. Ends as that does."""
    name, *words = sys.argv[1:]
    server = Server(tricks[name])
    http.server.ThreadingHTTPServer.request_queue_size = 128
    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(server))
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{listening.server_address[1]}"
    words = [word.replace("@url", f"http://{address}").replace("@address", address) for word in words]
    # An interruption is for the run; a handler of one's own is not handed on to it.
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        code = subprocess.call([os.environ["PUSHPROOF"], *words])
    finally:
        server.reference.terminate()
        server.reference.wait()
    os._exit(code)
